use super::*;
use crate::clock::TestClock;
use crate::ids::SeededIds;
use uuid::Uuid;

fn ids() -> Arc<dyn Ids> {
    Arc::new(SeededIds::new(3, Arc::new(TestClock::default())))
}

fn company(n: u128) -> CompanyId {
    CompanyId(Uuid::from_u128(n))
}

fn vault(byte: u8, older: &[u8]) -> Vault {
    Vault::new(MasterKey::new([byte; 32]), older.iter().map(|b| MasterKey::new([*b; 32])).collect(), ids())
}

#[test]
fn a_secret_opens_only_where_it_was_sealed() {
    let vault = vault(1, &[]);
    let secret = SecretString::from("hunter2");
    let sealed = vault.seal(company(1), "smtp", "password", &secret).unwrap();
    let opened = vault.open(company(1), "smtp", "password", &sealed).unwrap();
    assert_eq!(opened.expose_secret(), "hunter2");
    for (c, kind, name) in [(2, "smtp", "password"), (1, "smt", "ppassword"), (1, "smtp", "user")] {
        assert!(matches!(vault.open(company(c), kind, name, &sealed), Err(VaultError::Refused)));
    }
    assert_ne!(sealed, vault.seal(company(1), "smtp", "password", &secret).unwrap(), "a nonce was used twice");
}

#[test]
fn every_changed_byte_and_every_cut_is_refused() {
    let vault = vault(1, &[]);
    let sealed = vault.seal(company(1), "k", "n", &SecretString::from("s")).unwrap();
    for i in 0..sealed.len() {
        let mut bad = sealed.clone();
        bad[i] ^= 1;
        assert!(vault.open(company(1), "k", "n", &bad).is_err(), "byte {i}");
        assert!(vault.open(company(1), "k", "n", &sealed[..i]).is_err(), "cut at {i}");
    }
}

#[test]
fn an_older_key_still_opens_and_a_missing_one_is_named() {
    let sealed = vault(1, &[]).seal(company(1), "k", "n", &SecretString::from("s")).unwrap();
    let rotated = vault(2, &[1]);
    assert_eq!(rotated.open(company(1), "k", "n", &sealed).unwrap().expose_secret(), "s");
    assert!(!rotated.is_current(&sealed));
    let lost = vault(2, &[]).open(company(1), "k", "n", &sealed);
    assert!(matches!(lost, Err(VaultError::UnknownKey(id)) if id == MasterKey::new([1; 32]).id()));
}

#[test]
fn derived_keys_differ_by_purpose_company_and_master() {
    let vault = vault(1, &[]);
    let all = [
        vault.derive("tracking", Some(company(1))),
        vault.derive("tracking", Some(company(2))),
        vault.derive("tracking", None),
        vault.derive("unsubscribe", Some(company(1))),
        super::tests::vault(2, &[]).derive("tracking", Some(company(1))),
    ];
    for (i, a) in all.iter().enumerate() {
        for b in &all[i + 1..] {
            assert_ne!(a.bytes(), b.bytes());
        }
    }
    let again = super::tests::vault(2, &[1]).derive_by(vault.key_id(), "tracking", Some(company(1))).unwrap();
    assert_eq!(again.bytes(), all[0].bytes());
}

#[test]
fn the_key_file_is_made_once_for_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let first = Vault::load(folder.path(), None, ids()).unwrap();
    let ids: Arc<dyn Ids> = Arc::new(SeededIds::new(99, Arc::new(TestClock::default())));
    let second = Vault::load(folder.path(), None, ids).unwrap();
    assert_eq!(first.key_id(), second.key_id());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(folder.path().join("master.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "a draft was left");
}

#[test]
fn nothing_prints_a_key() {
    let key = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
    let vault = Vault::load(std::path::Path::new("/nowhere"), Some(&key.into()), ids()).unwrap();
    let printed = format!("{vault:?} {:?} {:?}", vault.derive("x", None), MasterKey::parse(key).unwrap());
    assert!(!printed.contains("1, 1") && !printed.contains("AQEB") && !printed.contains("0101"), "{printed}");
    assert!(matches!(Vault::load(std::path::Path::new("/"), Some(&"short".into()), ids()), Err(VaultError::KeyText)));
}
