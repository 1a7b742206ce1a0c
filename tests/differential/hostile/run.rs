//! One life of a session in a hostile world, and what must hold after each step of it.

use std::cell::RefCell;
use std::rc::Rc;

use alloy_primitives::U256;
use hallpass::protocol::Protocol;
use hallpass::scope::Scope;
use hallpass::session::News;
use hallpass::testing::{TestHost, block_on, repeat_randomness};
use serde_json::json;

use crate::differential::base::{KERNEL, key};
use crate::differential::rng::Rng;
use crate::differential::stack::Stack;

use super::BOARD;
use super::ledger::{Ledger, Signed};
use super::nature::Nature;
use super::player::{MOST, PRICE, Player};
use super::world::{Seen, World};

/// Wei that operations may cost in all.
const GAS: u128 = 250_000_000_000_000_000;
/// More wei than a life can spend.
const PLENTY: u64 = 1_000_000;
/// Random orders in which everything is landed at the end.
const ORDERS: usize = 3;

/// What is wrong with the package in this run, so that it must be noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Planted {
    Nothing,
    /// Nobody counts what is spent.
    NoSpend,
    /// Nobody counts operations.
    NoCount,
    /// Another tab, which is not told of the first one's operations, is asked for the same in a lane of its own.
    OtherLane,
}

/// A promise that was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promise {
    Spend,
    Operations,
    Gas,
    Once,
    Told,
}

/// What a run came to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    pub purchases: u64,
    pub signed: u64,
    pub landed: u64,
    pub alternatives: u64,
    pub replaced: u64,
    pub landed_late: u64,
    pub used_up: u64,
    pub seen: Seen,
}

impl Tally {
    pub const fn add(&mut self, other: &Self) {
        self.purchases += other.purchases;
        self.signed += other.signed;
        self.landed += other.landed;
        self.alternatives += other.alternatives;
        self.replaced += other.replaced;
        self.landed_late += other.landed_late;
        self.used_up += other.used_up;
        self.seen.landed_and_refused += other.seen.landed_and_refused;
        self.seen.kept_and_refused += other.seen.kept_and_refused;
        self.seen.older_alternatives += other.seen.older_alternatives;
        self.seen.taken_back += other.seen.taken_back;
        self.seen.lies += other.seen.lies;
    }

    /// What never happened, though it had to for the run to prove anything.
    pub fn missing(&self) -> Vec<&'static str> {
        let counts = [
            ("alternatives", self.alternatives),
            ("replaced", self.replaced),
            ("landed late", self.landed_late),
            ("budgets used up", self.used_up),
            ("landed and refused", self.seen.landed_and_refused),
            ("kept and refused", self.seen.kept_and_refused),
            ("an older alternative landed", self.seen.older_alternatives),
            ("blocks taken back", self.seen.taken_back),
            ("lies", self.seen.lies),
        ];
        counts.into_iter().filter(|(_, count)| *count == 0).map(|(name, _)| name).collect()
    }
}

pub type Breach = (Promise, String);

/// A life that depends on nothing but its seed and number.
pub fn run(stack: &Stack, seed: u64, life: u64, planted: Planted) -> Result<Tally, Breach> {
    let mut rng = Rng::new(seed, life);
    repeat_randomness(Some(rng.number()));
    let outcome = block_on(live(stack, rng, planted));
    repeat_randomness(None);
    outcome
}

async fn live(stack: &Stack, mut rng: Rng, planted: Planted) -> Result<Tally, Breach> {
    let mut nature = Nature::draw(&mut rng);
    if planted == Planted::NoCount {
        // Nothing else is broken first.
        (nature.spend, nature.operations) = (PLENTY, Some(4));
    }
    let owner = key(0x61);
    let account = KERNEL.account(owner.address(), U256::ZERO).address;
    let host = TestHost::at(stack.block.timestamp);
    let mut chain = stack.chain.clone();
    chain.fund(account, U256::from(10_u64.pow(19)));
    let ledger = Ledger::new(chain, stack.block);
    let world = World::new(ledger, account, nature, Rng::new(rng.number(), 1), host.clock.clone());
    let world = Rc::new(RefCell::new(world));
    let scope = scope(&nature, planted);
    let mut player = Player::new(host, Rc::clone(&world), owner, scope).await;
    let outcome = insist(&mut player, &world, &mut rng, planted).await;
    player.close();
    let mut world = world.borrow_mut();
    world.close();
    outcome?;
    Ok(tally(&player, &mut world))
}

fn scope(nature: &Nature, planted: Planted) -> Scope {
    let buy = json!({ "to": BOARD.to_string(), "function": "buy(uint256 item,uint256 amount)",
        "args": [{ "any": true }, { "lte": MOST }], "value": { "max": MOST * PRICE } });
    let mut scope = json!({
        "calls": [buy],
        "limits": { "gas": { "maxFeePerGas": "5 gwei", "total": GAS.to_string() }, "operations": nature.operations },
        "spend": [{ "token": "native", "limit": nature.spend }],
        "accept": ["local:spend[0]"],
    });
    match planted {
        Planted::NoSpend => scope["spend"][0]["limit"] = json!(PLENTY),
        Planted::NoCount => scope["limits"]["operations"] = json!(null),
        Planted::Nothing | Planted::OtherLane => {}
    }
    Scope::from_json(&scope).expect("a scope")
}

/// Buys until the end, whatever happens.
async fn insist(
    player: &mut Player,
    world: &Rc<RefCell<World>>,
    rng: &mut Rng,
    planted: Planted,
) -> Result<(), Breach> {
    let nature = world.borrow().nature;
    let (mut item, mut amount) = (0, rng.between(1, MOST));
    for step in 0..rng.between(8, 16) {
        if step == 2 && nature.tabs > 1 {
            player.open_tab().await;
        }
        if step == 1 && planted == Planted::OtherLane {
            player.open_copy().await;
        }
        if Nature::happens(nature.reloads, rng) && planted != Planted::OtherLane && !player.tabs.is_empty() {
            player.reload(rng.index(player.tabs.len())).await;
        }
        if player.tabs.is_empty() {
            break;
        }
        if Nature::happens(nature.hangs, rng) {
            world.borrow_mut().hang_next();
        }
        for _ in 0..rng.between(1, 2) {
            item += 1;
            let timeout = 1000 * rng.pick(&[2, 20, 120]);
            let tab = rng.index(player.tabs.len());
            let asked = player.buy(tab, (item, amount), timeout);
            if planted == Planted::OtherLane {
                player.buy((tab + 1) % player.tabs.len(), (item, amount), timeout);
            }
            // The same again after a failure that the app is told of, else something else.
            if !asked || rng.once_in(2) {
                amount = rng.between(1, MOST);
            }
        }
        player.wait(*rng.pick(&[0, 2, 15, 60, 240, 900])).await;
        check(player, world, planted)?;
    }
    // Everything lands that can, in any order.
    let mut orders = vec![world.borrow().signed.clone()];
    for _ in 0..ORDERS {
        let mut order = world.borrow().signed.clone();
        shuffle(&mut order, rng);
        let mut trial = world.borrow().ledger.clone();
        trial.land_all(&order);
        judge(world, &mut trial, "when all of it lands")?;
        orders.push(order);
    }
    for signed in rng.pick(&orders).clone() {
        world.borrow_mut().land(&signed);
        player.rest(rng.below(4)).await;
    }
    // And when the dust has settled, what was set apart for nothing may be spent, but no more.
    player.rest(*rng.pick(&[5, 200, 700])).await;
    world.borrow_mut().is_honest = true;
    for _ in 0..rng.below(8) {
        if player.tabs.is_empty() {
            break;
        }
        item += 1;
        player.buy(rng.index(player.tabs.len()), (item, rng.between(1, MOST)), 120_000);
        player.wait(60).await;
        check(player, world, planted)?;
    }
    player.rest(200).await;
    check(player, world, planted)?;
    was_told_the_truth(player, world, true)
}

fn check(player: &Player, world: &Rc<RefCell<World>>, planted: Planted) -> Result<(), Breach> {
    let (mut ledger, mut signed) = (world.borrow().ledger.clone(), world.borrow().signed.clone());
    judge(world, &mut ledger, "now")?;
    // The worst that could happen next: of each nonce the dearest.
    signed.sort_by_key(|signed| std::cmp::Reverse(signed.value));
    ledger.land_all(&signed);
    judge(world, &mut ledger, "when the dearest lands")?;
    if planted == Planted::Nothing { was_told_the_truth(player, world, false) } else { Ok(()) }
}

/// No total is exceeded, and nothing was bought twice.
fn judge(world: &Rc<RefCell<World>>, ledger: &mut Ledger, when: &str) -> Result<(), Breach> {
    let nature = world.borrow().nature;
    let (spent, count, gas) = (ledger.spent(), ledger.landings.len() as u64, ledger.gas());
    let breach = |promise, told: String| Err((promise, format!("{told}, {when}; {nature:?}")));
    if spent > U256::from(nature.spend) {
        return breach(Promise::Spend, format!("{spent} wei spent of {}", nature.spend));
    }
    if nature.operations.is_some_and(|most| count > most) {
        return breach(Promise::Operations, format!("{count} operations of {:?}", nature.operations));
    }
    if gas > U256::from(GAS) {
        return breach(Promise::Gas, format!("{gas} wei of gas"));
    }
    let mut bought = ledger.bought();
    bought.sort_unstable();
    match bought.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => breach(Promise::Once, format!("item {} was bought twice", pair[0])),
        None => Ok(()),
    }
}

/// What is told of a purchase is what the chain has; at the end nothing that was said to be impossible has happened.
fn was_told_the_truth(player: &Player, world: &Rc<RefCell<World>>, is_over: bool) -> Result<(), Breach> {
    let world = world.borrow();
    let bought = world.ledger.bought();
    // A block that is not final may be gone, and what was said of it with it.
    let is_stable = world.nature.reorganises.is_none();
    let breach = |told: String| Err((Promise::Told, format!("{told}; {:?}", world.nature)));
    for purchase in player.purchases.borrow().iter() {
        for news in &purchase.told {
            match news {
                News::Included(_) | News::LandedLate(_) | News::Replaced { .. } if !is_stable => {}
                News::Included(receipt) | News::LandedLate(receipt) | News::Final { receipt, .. } => {
                    let landing = world.ledger.landing(receipt.user_op_hash);
                    let is_so = landing.is_some_and(|landing| {
                        landing.success == receipt.success && landing.signed.item == purchase.item
                    });
                    if !is_so {
                        return breach(format!("item {}: {news:?}, but {landing:?}", purchase.item));
                    }
                }
                News::Replaced { .. } | News::Dropped(_) if is_over && bought.contains(&purchase.item) => {
                    return breach(format!("item {}: {news:?}, but it was bought", purchase.item));
                }
                _ => {}
            }
        }
    }
    Ok(())
}

fn tally(player: &Player, world: &mut World) -> Tally {
    let purchases = player.purchases.borrow();
    let count = |is: fn(&News) -> bool| {
        purchases.iter().filter(|purchase| purchase.told.iter().any(is)).count() as u64
    };
    let mut nonces: Vec<U256> = world.signed.iter().map(|signed| signed.op.nonce).collect();
    nonces.sort_unstable();
    nonces.dedup();
    Tally {
        purchases: purchases.len() as u64,
        signed: world.signed.len() as u64,
        landed: world.ledger.landings.len() as u64,
        alternatives: (world.signed.len() - nonces.len()) as u64,
        replaced: count(|news| matches!(news, News::Replaced { .. })),
        landed_late: count(|news| matches!(news, News::LandedLate(_))),
        used_up: u64::from(world.ledger.spent() + U256::from(5 * PRICE) >= U256::from(world.nature.spend)),
        seen: world.seen,
    }
}

fn shuffle(order: &mut [Rc<Signed>], rng: &mut Rng) {
    for end in (1..order.len()).rev() {
        order.swap(end, rng.index(end + 1));
    }
}
