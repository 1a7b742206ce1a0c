//! Things under names. There are few of them, so a list is as fast as a map and a tenth of its code.

use std::cell::RefCell;

use crate::order::sort_by_key;

/// A list of things with a name each.
#[derive(Clone, Debug)]
pub struct Named<T>(RefCell<Vec<(String, T)>>);

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

impl<T> Named<T> {
    /// What is under `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<T>
    where
        T: Clone,
    {
        self.0.borrow().iter().find(|(held, _)| held == name).map(|(_, thing)| thing.clone())
    }

    /// Whether something is under `name`.
    #[must_use]
    pub fn holds(&self, name: &str) -> bool {
        self.0.borrow().iter().any(|(held, _)| held == name)
    }

    /// Puts a thing under `name` in place of what was there, which is answered.
    pub fn put(&self, name: &str, thing: T) -> Option<T> {
        let old = self.remove(name);
        self.0.borrow_mut().push((name.to_owned(), thing));
        old
    }

    /// Removes what is under `name` and answers it.
    pub fn remove(&self, name: &str) -> Option<T> {
        let mut list = self.0.borrow_mut();
        let at = list.iter().position(|(held, _)| held == name)?;
        Some(list.swap_remove(at).1)
    }

    /// Removes everything and answers it.
    pub fn take_all(&self) -> Vec<(String, T)> {
        self.0.take()
    }

    /// Names that start with `prefix`, sorted.
    #[must_use]
    pub fn names(&self, prefix: &str) -> Vec<String> {
        let list = self.0.borrow();
        let mut names: Vec<String> =
            list.iter().map(|(name, _)| name).filter(|name| name.starts_with(prefix)).cloned().collect();
        sort_by_key(&mut names, String::clone);
        names
    }
}
