//! Files on both databases, and how messages carry them.

use super::*;
use crate::engine::Engine;
use crate::engine::faults::NoFaults;
use crate::testing::World;
use contract::campaigns::{CampaignDraft, CampaignState, Campaigns};
use contract::templates::Content;
use kernel::Db;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

fn new(name: &str, bytes: &[u8]) -> NewFile {
    NewFile { name: name.into(), body: STANDARD.encode(bytes) }
}

async fn shows(world: &World, source: &str) -> CampaignId {
    let draft = world.draft();
    let content = Content { source: source.into(), ..draft.content.clone() };
    world.service.create(&world.actor, CampaignDraft { content, ..draft }).await.unwrap().id
}

async fn ended(world: &World, id: CampaignId) {
    let stop = CancellationToken::new();
    let engine = Engine::with(world.parts.clone(), World::options(), Arc::new(NoFaults));
    let running = tokio::spawn(engine.run(stop.clone()));
    let begun = std::time::Instant::now();
    while world.get(id).await.finished.is_none() && begun.elapsed().as_secs() < 150 {
        tokio::time::sleep(std::time::Duration::from_millis(4)).await;
    }
    stop.cancel();
    running.await.unwrap();
    assert_eq!(world.get(id).await.state, CampaignState::Finished);
}

#[test]
fn names_and_types_are_checked() {
    let of = |name: &str| check_name(name);
    assert_eq!(of(" Prices 2026.pdf ").unwrap(), ("Prices 2026.pdf".into(), "application/pdf".into()));
    assert_eq!(of("logo.PNG").unwrap().1, "image/png");
    assert_eq!(of("notes").unwrap().1, "application/octet-stream");
    for bad in ["", "  ", "a/b.pdf", "a\\b.pdf", "a\r\nb.pdf", "a\"b.pdf", "setup.EXE", "x.js", &"a".repeat(121)] {
        assert!(of(bad).is_err(), "{bad}");
    }
}

#[test]
fn bodies_are_checked_by_their_size() {
    assert_eq!(check_body("aGk=").unwrap(), b"hi");
    for bad in ["", "not base64!", &STANDARD.encode(vec![0; FILE_BYTES + 1])] {
        assert!(check_body(bad).is_err(), "{} letters", bad.len());
    }
    assert!(check_body(&STANDARD.encode(vec![0; FILE_BYTES])).is_ok());
}

#[test]
fn a_mention_is_found_however_it_is_written() {
    let source = "<img src=\"cid:Logo.png\"> <td background='cid:my%20photo.jpg'> url(cid:bg.gif) cid:";
    let found: Vec<&str> = mentions(source).map(|(_, name)| name).collect();
    assert_eq!(found, ["Logo.png", "my%20photo.jpg", "bg.gif", ""]);
    assert_eq!(mentions("<p>Acid: 5 %, placid: no</p>").count(), 0);
    assert!(is_name("my%20photo.jpg", "My photo.JPG") && !is_name("", "a"));
}

testkit::both! {
    async fn a_picture_is_shown_and_the_rest_is_attached(db: Db) {
        let world = World::new(db);
        world.person("mette@example.com");
        let id = shows(&world, "<p><img src=\"cid:LOGO.png\" alt=\"Acme\"></p>").await;
        let logo = world.service.add_file(&world.actor, id, new("logo.png", b"\x89PNG")).await.unwrap();
        assert!(logo.shown);
        let list = world.service.add_file(&world.actor, id, new("Prices.pdf", &[7; 300])).await.unwrap();
        assert_eq!((list.shown, list.bytes, list.content_type.as_str()), (false, 300, "application/pdf"));
        world.service.send(&world.actor, id).await.unwrap();
        ended(&world, id).await;
        let taken = world.server.taken.lock().unwrap();
        let text = String::from_utf8(taken[0].1.clone()).unwrap();
        assert!(text.contains("multipart/mixed") && text.contains("multipart/related"), "{text}");
        let content_id = format!("{}@files.lux", logo.id.0.simple());
        let joined = text.replace("=\r\n", "");
        assert!(joined.contains(&format!("src=3D\"cid:{content_id}\"")), "{joined}");
        assert!(text.contains(&format!("Content-ID: <{content_id}>")));
        assert!(text.contains("filename=\"Prices.pdf\"") && text.contains("Content-Disposition: attachment"));
    }

    async fn files_may_change_until_it_begins(db: Db) {
        let world = World::new(db);
        world.person("mette@example.com");
        let id = world.campaign().await.id;
        let file = world.service.add_file(&world.actor, id, new("a.pdf", b"x")).await.unwrap();
        assert!(world.service.add_file(&world.actor, id, new("A.PDF", b"y")).await.unwrap_err().to_string().contains("already"));
        world.service.remove_file(&world.actor, id, file.id).await.unwrap();
        assert!(world.service.remove_file(&world.actor, id, file.id).await.is_err());
        world.service.add_file(&world.actor, id, new("a.pdf", b"x")).await.unwrap();
        world.service.send(&world.actor, id).await.unwrap();
        assert!(world.service.add_file(&world.actor, id, new("b.pdf", b"x")).await.is_err());
        let left = world.service.files(&world.actor, id).await.unwrap();
        assert!(world.service.remove_file(&world.actor, id, left[0].id).await.is_err());
        assert_eq!(left.len(), 1);
    }

    async fn there_is_a_most_of_files_and_of_bytes(db: Db) {
        let world = World::new(db);
        let id = world.campaign().await.id;
        let half = vec![0; ALL_FILE_BYTES / 2 + 1];
        world.service.add_file(&world.actor, id, new("0.bin", &half)).await.unwrap();
        assert!(world.service.add_file(&world.actor, id, new("1.bin", &half)).await.is_err());
        for n in 1..FILES {
            world.service.add_file(&world.actor, id, new(&format!("{n}.txt"), b"x")).await.unwrap();
        }
        assert!(world.service.add_file(&world.actor, id, new("more.txt", b"x")).await.unwrap_err().to_string().contains("at most 10"));
    }

    async fn a_copy_has_the_files_and_another_company_has_not(db: Db) {
        let world = World::new(db);
        let id = world.campaign().await.id;
        world.service.add_file(&world.actor, id, new("a.pdf", b"x")).await.unwrap();
        let copy = world.service.duplicate(&world.actor, id).await.unwrap().id;
        world.service.delete(&world.actor, id).await.unwrap();
        assert_eq!(world.service.files(&world.actor, copy).await.unwrap()[0].name, "a.pdf");
        let stranger = Actor::system(testkit::company(2));
        assert!(matches!(world.service.files(&stranger, copy).await, Err(Fault::Missing { .. })));
        assert!(matches!(world.service.add_file(&stranger, copy, new("b.pdf", b"x")).await, Err(Fault::Missing { .. })));
    }

    async fn the_check_before_sending_tells_of_weight_and_of_lost_pictures(db: Db) {
        let world = World::new(db);
        world.person("mette@example.com");
        let id = shows(&world, "<img src=\"cid:gone.png\" alt=\"x\">").await;
        world.service.add_file(&world.actor, id, new("a.bin", &vec![0; 3 * 1024 * 1024])).await.unwrap();
        let report = world.service.preflight(&world.actor, id, false).await.unwrap();
        let titles: Vec<&str> = report.findings.iter().filter(|f| f.code == "files").map(|f| f.title.as_str()).collect();
        assert_eq!(titles, ["1 file goes with it. One message has 4.1 MB.", "1 picture is not among the files."]);
    }
}
