//! Records and states at the place that the tier says. What lies at a stronger place from before a downgrade stays in use there.

use std::rc::Rc;

use super::Custody;
use super::tiers::{Place, Places, Tiers};
use crate::host::{Named, Store, StoreError};
use crate::order::sort_by_key;

/// What is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    Records,
    States,
}

/// Texts at the places of one page.
#[derive(Debug)]
pub struct BrowserStore {
    places: Rc<Places>,
    tiers: Rc<Tiers>,
    kept: Kept,
    /// Where names were last seen.
    seen: Named<Place>,
}

impl BrowserStore {
    pub(super) fn new(kept: Kept, places: &Rc<Places>, tiers: &Rc<Tiers>) -> Self {
        Self { places: Rc::clone(places), tiers: Rc::clone(tiers), kept, seen: Named::default() }
    }

    /// Where a name was last seen.
    pub(super) fn seen(&self, name: &str) -> Option<Place> {
        self.seen.get(name)
    }

    /// Where names can be: at the place for new ones, and at those above it from where this page began.
    fn looked_at(&self) -> (Place, Vec<Place>) {
        let [top, current] = [self.tiers.top(), self.tiers.current()].map(|tier| self.place_of(tier));
        if top == current {
            return (current, Vec::new());
        }
        let above = [Place::Database, Place::Session].into_iter();
        let above = above.skip_while(|place| *place != top).take_while(|place| *place != current);
        (current, above.filter(|place| self.places.has(*place)).collect())
    }

    const fn place_of(&self, tier: Custody) -> Place {
        match (tier, self.kept) {
            (Custody::Custom, _) => Place::Custom,
            (Custody::Memory, _) => Place::Memory,
            (Custody::Tab, Kept::Records) => Place::Session,
            (Custody::Tab | Custody::Device | Custody::Passkey, _) => Place::Database,
        }
    }

    fn note(&self, name: &str, place: Place) {
        self.seen.put(name, place);
    }

    /// Where a text is to be put: where its name already is, else where new ones go.
    async fn place_for(&self, name: &str) -> Result<Place, StoreError> {
        let (current, above) = self.looked_at();
        match self.seen(name) {
            Some(place) if place == current || above.contains(&place) => return Ok(place),
            _ if above.is_empty() => return Ok(current),
            _ => {}
        }
        for place in above {
            if self.tiers.said_above(self.places.get(place, name).await)?.is_some() {
                return Ok(place);
            }
        }
        Ok(current)
    }
}

impl Store for BrowserStore {
    async fn get(&self, name: &str) -> Result<Option<String>, StoreError> {
        let (current, above) = self.looked_at();
        for place in above {
            if let Some(text) = self.tiers.said_above(self.places.get(place, name).await)? {
                self.note(name, place);
                return Ok(Some(text));
            }
        }
        let text = self.places.get(current, name).await?;
        match text {
            Some(_) => self.note(name, current),
            None => {
                self.seen.remove(name);
            }
        }
        Ok(text)
    }

    async fn put(&self, name: &str, text: &str) -> Result<(), StoreError> {
        let place = self.place_for(name).await?;
        self.places.put(place, name, text).await?;
        self.note(name, place);
        Ok(())
    }

    async fn remove(&self, name: &str) -> Result<(), StoreError> {
        let (current, above) = self.looked_at();
        for place in above {
            self.tiers.said_above(self.places.remove(place, name).await)?;
        }
        self.places.remove(current, name).await?;
        self.seen.remove(name);
        Ok(())
    }

    async fn names(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        let (current, above) = self.looked_at();
        let mut names = self.places.names(current, prefix).await?;
        for place in above {
            names.extend(self.tiers.said_above(self.places.names(place, prefix).await)?);
        }
        sort_by_key(&mut names, String::clone);
        names.dedup();
        Ok(names)
    }
}
