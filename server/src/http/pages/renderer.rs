//! Threads that render pages.
//!
//! A page is a graph of signals that its resources write to as they arrive. On a runtime of many threads a write and a
//! reading memo can wait for each other for ever, and with them the thread, so each page lives on one thread from its
//! first signal to its last byte: a small runtime of one thread, on which everything the page spawns runs too.

use std::future::Future;
use std::pin::Pin;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::{mpsc, oneshot};

type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

static THREADS: LazyLock<Vec<mpsc::UnboundedSender<Work>>> = LazyLock::new(|| {
    let count = std::thread::available_parallelism().map_or(2, |n| n.get().clamp(2, 8));
    (0..count).filter_map(|_| start()).collect()
});
static NEXT: AtomicUsize = AtomicUsize::new(0);

fn start() -> Option<mpsc::UnboundedSender<Work>> {
    let (sender, mut receiver) = mpsc::unbounded_channel::<Work>();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    let run = move || {
        runtime.block_on(async move {
            while let Some(work) = receiver.recv().await {
                tokio::spawn(work);
            }
        });
    };
    std::thread::Builder::new().name("render".into()).spawn(run).ok()?;
    Some(sender)
}

/// Runs `work` on one of the threads; `None` if it panicked or no thread could be had.
pub async fn on_one_thread<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> Option<T> {
    let (done, answer) = oneshot::channel();
    let at = NEXT.fetch_add(1, Ordering::Relaxed) % THREADS.len().max(1);
    let wrapped: Work = Box::pin(async move {
        // Whoever asked may have gone; then nobody misses the page.
        let _ = done.send(work.await);
    });
    THREADS.get(at)?.send(wrapped).ok()?;
    answer.await.ok()
}
