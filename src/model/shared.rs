//! Values that many versions of the present hold without copying them.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// An immutable value behind a pointer. Two that point to the same place are equal without a look
/// inside, so that what did not change costs nothing to compare.
pub struct Shared<T>(Arc<T>);

impl<T> Shared<T> {
    /// Shares a value.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self(Arc::new(value))
    }

    /// Whether both are one and the same.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl<T: PartialEq> Shared<T> {
    /// Replaces the value; one that is equal leaves the pointer as it is.
    pub fn set(&mut self, value: T) {
        if *self.0 != value {
            self.0 = Arc::new(value);
        }
    }
}

impl<T: Clone + PartialEq> Shared<T> {
    /// Changes the value in a copy, and keeps the copy if it came out different.
    pub fn update(&mut self, change: impl FnOnce(&mut T)) {
        let mut value = T::clone(&self.0);
        change(&mut value);
        self.set(value);
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: Default> Default for Shared<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: PartialEq> PartialEq for Shared<T> {
    fn eq(&self, other: &Self) -> bool {
        self.is_same(other) || *self.0 == *other.0
    }
}

impl<T: fmt::Debug> fmt::Debug for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::Shared;

    #[test]
    fn an_equal_value_leaves_the_pointer_as_it_is() {
        let first = Shared::new(vec![1, 2]);
        let mut second = first.clone();
        second.set(vec![1, 2]);
        assert!(first.is_same(&second));
        second.update(|list| list.push(3));
        assert!(!first.is_same(&second));
        assert_eq!(*second, [1, 2, 3]);
    }
}
