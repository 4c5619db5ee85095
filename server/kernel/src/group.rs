//! Group commit: many callers, one transaction, an answer to each only after its commit.
//!
//! For the hot paths (outcomes of sends, tracking hits), where a commit for every row would be the bottleneck. A batch
//! that fails is tried again item by item, so that one bad item does not take the others with it; when the database
//! itself fails, all of the batch are told.

use crate::db::{Db, DbError, Scope, Tx};
use futures::FutureExt;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout_at};

/// How to write a batch.
pub trait GroupWork: Send + Sync + 'static {
    /// What a caller hands in.
    type Item: Send + Sync + 'static;
    /// What it gets back.
    type Reply: Send + 'static;

    /// Writes all items in `tx`, which the caller commits; answers with one reply per item, in order.
    fn write(
        &self,
        tx: &mut Tx,
        items: &[Self::Item],
    ) -> impl Future<Output = Result<Vec<Self::Reply>, DbError>> + Send;

    /// Most items in one transaction.
    const MAX: usize = 500;
    /// How long the first item of a batch waits for company.
    const LINGER: Duration = Duration::from_millis(2);
}

type Waiting<W> = (<W as GroupWork>::Item, oneshot::Sender<Result<<W as GroupWork>::Reply, DbError>>);

/// Hands items to the one writer. Clones share it; it ends when the last is dropped.
#[derive(Debug)]
pub struct GroupCommit<W: GroupWork>(mpsc::Sender<Waiting<W>>);

impl<W: GroupWork> Clone for GroupCommit<W> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<W: GroupWork> GroupCommit<W> {
    /// Starts the writer. Must be called inside the runtime.
    pub fn start(db: Db, work: W) -> Self {
        let (sender, receiver) = mpsc::channel(W::MAX * 4);
        tokio::spawn(run(db, work, receiver));
        Self(sender)
    }

    /// Hands in an item and waits until the transaction that carries it is committed. Once called, the item is written
    /// even if the caller stops waiting.
    pub async fn submit(&self, item: W::Item) -> Result<W::Reply, DbError> {
        let gone = || DbError::Unavailable(sqlx::Error::WorkerCrashed);
        let (sender, receiver) = oneshot::channel();
        self.0.send((item, sender)).await.map_err(|_| gone())?;
        receiver.await.map_err(|_| gone())?
    }
}

async fn run<W: GroupWork>(db: Db, work: W, mut receiver: mpsc::Receiver<Waiting<W>>) {
    while let Some(first) = receiver.recv().await {
        let (mut items, mut callers) = (Vec::new(), Vec::new());
        let mut next = Some(first);
        let until = Instant::now() + W::LINGER;
        while let Some((item, caller)) = next {
            items.push(item);
            callers.push(caller);
            next = match items.len() < W::MAX {
                true => timeout_at(until, receiver.recv()).await.ok().flatten(),
                false => None,
            };
        }
        match commit(&db, &work, &items).await {
            Ok(replies) => answer(callers, replies),
            Err(error) if error.is_transient() || items.len() == 1 => {
                let error = Arc::new(error);
                callers.into_iter().for_each(|caller| drop(caller.send(Err(DbError::Batch(Arc::clone(&error))))));
            }
            Err(error) => {
                tracing::warn!(%error, items = items.len(), "batch refused, trying its items one by one");
                for (item, caller) in items.iter().zip(callers) {
                    let one = commit(&db, &work, std::slice::from_ref(item)).await;
                    drop(caller.send(one.and_then(|replies| replies.into_iter().next().ok_or(DbError::Aborted))));
                }
            }
        }
    }
}

fn answer<R>(callers: Vec<oneshot::Sender<Result<R, DbError>>>, replies: Vec<R>) {
    debug_assert_eq!(callers.len(), replies.len(), "one reply per item");
    for (caller, reply) in callers.into_iter().zip(replies) {
        // A caller that stopped waiting does not want to know.
        drop(caller.send(Ok(reply)));
    }
}

/// A panic in the work is an error of its items: the writer must outlive it.
async fn commit<W: GroupWork>(db: &Db, work: &W, items: &[W::Item]) -> Result<Vec<W::Reply>, DbError> {
    let attempt = async {
        let mut tx = db.begin(Scope::System).await?;
        let replies = work.write(&mut tx, items).await?;
        tx.commit().await?;
        Ok(replies)
    };
    AssertUnwindSafe(attempt).catch_unwind().await.unwrap_or(Err(DbError::Aborted))
}
