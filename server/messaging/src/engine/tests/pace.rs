//! How fast it goes: `cargo test -p messaging pace -- --ignored --nocapture`. Figures, not limits.

use super::*;
use crate::testing::Server;
use connect::email::smtp::{Config, Pool, Tls};
use std::time::Instant;
use testkit::sink::{Behaviour, Keep, Sink};

const PEOPLE: usize = 10_000;

async fn measure(db: Db, name: &str, pool: usize) {
    let sink = Sink::start(Behaviour { keep: Keep::Ids, ..Behaviour::default() }).await.unwrap();
    let mut config = Config::new("127.0.0.1", sink.port(), Tls::None);
    config.connections = pool;
    let world = World::through(db, Arc::new(Server::default()), Arc::new(Pool::new(config).unwrap()), pool);
    world.crowd(PEOPLE);
    let id = world.campaign().await.id;
    world.service.send(&world.actor, id).await.unwrap();
    let stop = CancellationToken::new();
    let begun = Instant::now();
    let running = tokio::spawn(Engine::new(world.parts.clone()).run(stop.clone()));
    assert!(sink.wait_for(1, LONG).await);
    let first = begun.elapsed();
    while world.get(id).await.finished.is_none() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let all = begun.elapsed();
    stop.cancel();
    running.await.unwrap();
    let rate = PEOPLE as f64 / (all - first).as_secs_f64();
    println!("{name}, {pool} connections: first after {first:?}, {PEOPLE} in {all:?}, {rate:.0} per second");
    assert_eq!(sink.ids().len(), PEOPLE);
}

testkit::both! {
    #[ignore]
    async fn ten_thousand_over_loopback(db: Db) {
        let name = db.engine().name();
        measure(db, name, 8).await;
    }
}
