//! Work on all cores, with the feature `parallel`. Results are in the order of what they are made
//! from, so they are the same without it.

/// The results of two functions.
#[cfg(feature = "parallel")]
pub(crate) fn join<A: Send, B: Send>(
    first: impl FnOnce() -> A + Send,
    second: impl FnOnce() -> B + Send,
) -> (A, B) {
    rayon::join(first, second)
}

/// The results of two functions.
#[cfg(not(feature = "parallel"))]
pub(crate) fn join<A: Send, B: Send>(
    first: impl FnOnce() -> A + Send,
    second: impl FnOnce() -> B + Send,
) -> (A, B) {
    (first(), second())
}

/// The results of a function for some items, in their order.
#[cfg(feature = "parallel")]
pub(crate) fn map<T: Send, R: Send>(
    items: Vec<T>,
    function: impl Fn(T) -> R + Sync + Send,
) -> Vec<R> {
    use rayon::iter::{IntoParallelIterator, ParallelIterator};
    items.into_par_iter().map(function).collect()
}

/// The results of a function for some items, in their order.
#[cfg(not(feature = "parallel"))]
pub(crate) fn map<T: Send, R: Send>(
    items: Vec<T>,
    function: impl Fn(T) -> R + Sync + Send,
) -> Vec<R> {
    items.into_iter().map(function).collect()
}
