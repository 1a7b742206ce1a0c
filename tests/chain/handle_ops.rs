//! Whole user operations, made and signed by this crate, through the real EntryPoint and Kernel.

use alloy_primitives::{Address, Bytes, U256};
use hallpass::abi::{Function, Value};
use hallpass::key::{SessionKey, Signature, SigningDigest, personal_message_hash};
use hallpass::protocol::kernel_v3::{
    CallPolicyVersion, GrantOptions, HashForm, Kernel, KernelGrant, KernelVersion, Permission, PermissionId,
    RateLimit, SelectorData, Signer, SkipFlag, enable_nonce,
};
use hallpass::protocol::{
    Call, CounterfactualAccount, Grant, GrantStatus, Mode, Protocol, Revocation, entry_point_failure,
    known_error,
};
use hallpass::time::Timestamp;
use hallpass::userop::nonce;
use hallpass::userop::v07::UserOperation;

use super::game::{BOARD, Choices, LIMIT, PRICE, bought, call, moved, policies};
use super::runner::Test;
use super::stack::{Inclusion, Stack};

pub const TESTS: [Test; 12] = [
    ("the first operation deploys, enables and acts", first_operation),
    ("later operations act, alone and in batches", later_operations),
    ("both call policies and both forms of a grant work", forms),
    ("what is out of scope is refused, for the reason we name", out_of_scope),
    ("another key is refused", another_key),
    ("an operation before or after the window is refused", outside_the_window),
    ("a spent gas budget is refused", spent_budget),
    ("a spent count is refused", spent_count),
    ("the owner's plain transaction removes a session", removed_by_owner),
    ("the owner's plain transaction ends all sessions, used and unused", invalidated_by_owner),
    ("a session cannot be enabled twice", enabled_twice),
    ("a session signs messages only if its flag lets it", messages),
];

/// An owner, an account and a session on a fresh chain.
struct Game {
    stack: Stack,
    owner: SessionKey,
    session: SessionKey,
    account: CounterfactualAccount,
    grant: KernelGrant,
    grant_signature: Bytes,
    /// Operations sent in enable and in use mode.
    sent: [u64; 2],
}

impl Game {
    fn new(choices: Choices) -> Self {
        let mut stack = Stack::new();
        let kernel = Kernel::new(KernelVersion::V3_1);
        let (owner, session) = (SessionKey::generate().unwrap(), SessionKey::generate().unwrap());
        let account = kernel.account(owner.address(), U256::from(7));
        stack.chain.fund(account.address, U256::from(10_u64.pow(19)));
        let policies = policies(stack.block.timestamp, &choices);
        let permission =
            Permission::with_flag(Signer::ecdsa(session.address()), policies, choices.flag).unwrap();
        let id = permission.derived_id();
        let place = (account.address, stack.block.chain_id);
        let numbers = (id, enable_nonce(0, 0).unwrap());
        let grant = KernelGrant::new(kernel.version(), place, numbers, permission, choices.options).unwrap();
        let signature = owner.sign(&SigningDigest::raw(grant.request().digest())).unwrap();
        let grant_signature = Bytes::from(signature.to_bytes());
        Self { stack, owner, session, account, grant, grant_signature, sent: [0, 0] }
    }

    /// A game whose session is enabled by a first move.
    fn started(choices: Choices) -> Self {
        let mut game = Self::new(choices);
        game.send_first(&[moved(0, 0)]).unwrap();
        game
    }

    fn operation(&self, mode: Mode<'_>, calls: &[Call]) -> UserOperation {
        let enabling = matches!(mode, Mode::Enable { .. });
        let deployed = self.sent != [0, 0];
        UserOperation {
            sender: self.account.address,
            nonce: nonce(self.grant.nonce_key(mode, 3), self.sent[usize::from(!enabling)]),
            factory: (!deployed).then(|| self.account.factory.clone()),
            call_data: Kernel::new(KernelVersion::V3_1).encode_calls(calls).unwrap(),
            call_gas_limit: 500_000,
            verification_gas_limit: 4_000_000,
            pre_verification_gas: U256::from(50_000),
            max_fee_per_gas: 2_000_000_000,
            max_priority_fee_per_gas: 1,
            ..UserOperation::default()
        }
    }

    fn signed_by(&self, key: &SessionKey, mode: Mode<'_>, mut op: UserOperation) -> UserOperation {
        let digest = self.grant.digest(mode, &op, &self.stack.entry_point()).unwrap();
        op.signature = self.grant.signature(mode, &key.sign(&digest).unwrap());
        op
    }

    fn send_first(&mut self, calls: &[Call]) -> Inclusion {
        let grant_signature = self.grant_signature.clone();
        let mode = Mode::Enable { grant_signature: &grant_signature };
        let op = self.signed_by(&self.session, mode, self.operation(mode, calls));
        let inclusion = self.stack.handle_op(&op);
        self.sent[0] += u64::from(inclusion.is_ok());
        inclusion
    }

    fn send(&mut self, calls: &[Call]) -> Inclusion {
        let op = self.signed_by(&self.session, Mode::Use, self.operation(Mode::Use, calls));
        let inclusion = self.stack.handle_op(&op);
        self.sent[1] += u64::from(inclusion.is_ok());
        inclusion
    }

    /// Moves of the account on the board, and where its piece stands.
    fn piece(&mut self) -> (u64, u64, u64) {
        let account = [Value::Address(self.account.address)];
        let values = self.stack.view(BOARD, "pieces(address)", &account, "uint8 uint8 uint32");
        let number = |value: &Value| match value {
            Value::Uint(number) => number.to::<u64>(),
            other => panic!("{other:?}"),
        };
        (number(&values[2]), number(&values[0]), number(&values[1]))
    }

    fn status(&mut self) -> GrantStatus {
        let answers = self.stack.read_all(&self.grant.status_reads());
        self.grant.status(&answers).unwrap()
    }

    /// Revoked by the owner's own transaction to the account.
    fn revoke(&mut self, how: Revocation) {
        let call = self.grant.revocation(how).unwrap();
        self.stack.transact_call(self.owner.address(), &call);
    }
}

/// Refused by the account or a policy with this error.
fn assert_refused(inclusion: Inclusion, declaration: &str) {
    let refusal = inclusion.expect_err(declaration);
    assert_eq!(entry_point_failure(&refusal.reason).map(|failure| failure.code), Some("AA23"), "{refusal:?}");
    assert_eq!(known_error(&refusal.inner).map(|error| error.declaration), Some(declaration), "{refusal:?}");
}

/// Refused by the EntryPoint with this code.
fn assert_failed(inclusion: Inclusion, code: &str) {
    let refusal = inclusion.expect_err(code);
    assert_eq!(entry_point_failure(&refusal.reason).map(|failure| failure.code), Some(code), "{refusal:?}");
}

fn first_operation() {
    let mut game = Game::new(Choices::default());
    assert_eq!(game.status(), GrantStatus::Unused);
    assert!(game.send_first(&[moved(3, 4)]).unwrap().success);
    assert_eq!(game.piece(), (1, 3, 4));
    assert_eq!(game.status(), GrantStatus::Enabled);
}

fn later_operations() {
    let mut game = Game::started(Choices::default());
    assert!(game.send(&[moved(5, 6)]).unwrap().success);
    assert!(game.send(&[moved(7, 8), bought(2), moved(9, 1)]).unwrap().success);
    assert_eq!(game.piece(), (4, 9, 1));
    let arguments = [Value::Address(game.account.address), Value::Uint(U256::from(1))];
    let items = game.stack.view(BOARD, "items(address,uint256)", &arguments, "uint256");
    assert_eq!(items, [Value::Uint(U256::from(2))]);
    assert_eq!(game.stack.chain.balance(BOARD), U256::from(2 * PRICE));
    // A call that the board itself reverts: the operation is included, the move is not made.
    assert!(!game.send(&[moved(16, 0)]).unwrap().success);
    assert_eq!(game.piece(), (4, 9, 1));
}

fn forms() {
    for version in [CallPolicyVersion::V0_0_3, CallPolicyVersion::V0_0_4] {
        for selector_data in [SelectorData::Compact, SelectorData::Table] {
            for hash_form in [HashForm::Raw, HashForm::PersonalMessage] {
                let options = GrantOptions { selector_data, hash_form, chain_agnostic: false };
                let mut game = Game::started(Choices { version, options, ..Choices::default() });
                assert!(game.send(&[moved(1, 2)]).unwrap().success);
                assert_eq!(game.piece(), (2, 1, 2));
            }
        }
    }
}

fn out_of_scope() {
    let mut game = Game::started(Choices::default());
    assert_refused(game.send(&[call("surrender()", 0, &[])]), "InvalidCallData()");
    let elsewhere = Call { to: Address::repeat_byte(9), ..moved(1, 1) };
    assert_refused(game.send(&[elsewhere]), "InvalidCallData()");
    assert_refused(game.send(&[bought(LIMIT + 1)]), "CallViolatesValueRule()");
    let cheap = Call { value: U256::ZERO, ..bought(LIMIT + 1) };
    assert_refused(game.send(&[cheap]), "CallViolatesParamRule()");
    assert_refused(game.send(&[moved(1, 1), bought(LIMIT + 1)]), "CallViolatesValueRule()");
    let paying = Call { value: U256::from(1), ..moved(1, 1) };
    assert_refused(game.send(&[paying]), "CallViolatesValueRule()");
    assert_eq!(game.piece(), (1, 0, 0));
    assert!(game.send(&[bought(LIMIT)]).unwrap().success, "the limit itself is in scope");
}

fn another_key() {
    let mut game = Game::started(Choices::default());
    let stranger = SessionKey::generate().unwrap();
    let op = game.operation(Mode::Use, &[moved(1, 1)]);
    let op = game.signed_by(&stranger, Mode::Use, op);
    assert_failed(game.stack.handle_op(&op), "AA24");
    // A grant that someone else than the owner signed.
    let mut game = Game::new(Choices::default());
    let forged: Signature = stranger.sign(&SigningDigest::raw(game.grant.request().digest())).unwrap();
    game.grant_signature = forged.to_bytes().into();
    assert_refused(game.send_first(&[moved(1, 1)]), "EnableNotApproved()");
}

fn outside_the_window() {
    let mut game = Game::started(Choices::default());
    game.stack.block.timestamp += 3600;
    assert!(game.send(&[moved(1, 1)]).unwrap().success, "the last second counts");
    game.stack.block.timestamp += 1;
    assert_failed(game.send(&[moved(2, 2)]), "AA22");
    game.stack.block.timestamp -= 3603;
    assert_failed(game.send(&[moved(2, 2)]), "AA22");
}

fn spent_budget() {
    // Limits times fee cap of one operation of this game: 4.55 million gas at 2 gwei.
    let each = 4_550_000 * 2_000_000_000;
    let mut game = Game::started(Choices { gas_budget: 2 * each, ..Choices::default() });
    assert!(game.send(&[moved(1, 1)]).unwrap().success);
    assert_refused(game.send(&[moved(2, 2)]), "PolicyFailed(uint256)");
}

fn spent_count() {
    let start_at = Timestamp::from_seconds(0).unwrap();
    let limit = RateLimit::Total { interval: 0, count: 2, start_at };
    let mut game = Game::started(Choices { more: vec![limit.try_into().unwrap()], ..Choices::default() });
    assert!(game.send(&[moved(1, 1)]).unwrap().success);
    assert_refused(game.send(&[moved(2, 2)]), "PolicyFailed(uint256)");
}

fn removed_by_owner() {
    let mut game = Game::started(Choices::default());
    game.revoke(Revocation::Remove);
    assert_eq!(game.status(), GrantStatus::Removed);
    let refusal = game.send(&[moved(1, 1)]).expect_err("a removed session");
    assert_eq!(entry_point_failure(&refusal.reason).unwrap().code, "AA23");
    // The grant that was used once is of no use again.
    assert!(game.send_first(&[moved(1, 1)]).is_err());
    assert_eq!(game.piece(), (1, 0, 0));
}

fn invalidated_by_owner() {
    let mut game = Game::started(Choices::default());
    let current = game.stack.view(game.account.address, "currentNonce()", &[], "uint32");
    assert_eq!(current, [Value::Uint(U256::from(1))]);
    // A second grant, signed for the same nonce and never used.
    let other = SessionKey::generate().unwrap();
    let permission = Permission::new(
        Signer::ecdsa(other.address()),
        policies(game.stack.block.timestamp, &Choices::default()),
    );
    let place = (game.account.address, game.stack.block.chain_id);
    let numbers = (PermissionId::repeat_byte(0x5e), 1);
    let options = GrantOptions::default();
    let unused = KernelGrant::new(KernelVersion::V3_1, place, numbers, permission.unwrap(), options).unwrap();
    let judge = |stack: &mut Stack| unused.status(&stack.read_all(&unused.status_reads())).unwrap();
    assert_eq!(judge(&mut game.stack), GrantStatus::Unused);

    game.revoke(Revocation::InvalidateAll { current_nonce: 1 });
    assert_eq!(game.status(), GrantStatus::Invalidated);
    assert_eq!(judge(&mut game.stack), GrantStatus::Invalidated);
    assert_refused(game.send(&[moved(1, 1)]), "InvalidNonce()");
    let signature = game.owner.sign(&SigningDigest::raw(unused.request().digest())).unwrap();
    let deployed = game.sent;
    let mut second =
        Game { grant: unused, session: other, grant_signature: signature.to_bytes().into(), ..game };
    second.sent = [0, deployed[1].max(1)];
    assert_refused(second.send_first(&[moved(1, 1)]), "EnableNotApproved()");
}

fn enabled_twice() {
    let mut game = Game::started(Choices::default());
    assert_refused(game.send_first(&[moved(1, 1)]), "InvalidNonce()");
    assert!(game.send(&[moved(1, 1)]).unwrap().success, "default mode goes on");
}

fn messages() {
    let hash = personal_message_hash(b"sign in to the lobby");
    let is_valid = |game: &mut Game| {
        let signature = game.session.sign(&game.grant.message_digest(hash, false)).unwrap();
        let arguments =
            [Value::FixedBytes(hash), Value::Bytes(game.grant.message_signature(&signature, false))];
        let function: Function = "isValidSignature(bytes32,bytes)".parse().unwrap();
        let data = function.encode_call(&arguments).unwrap().into();
        game.stack.chain.call(game.stack.block, Address::repeat_byte(0xa9), game.account.address, data)
    };
    let mut closed = Game::started(Choices::default());
    let super::evm::Outcome::Revert(data) = is_valid(&mut closed) else { panic!("not refused") };
    assert_eq!(known_error(&data).unwrap().declaration, "PermissionNotAlllowedForSignature()");
    let mut open = Game::started(Choices { flag: SkipFlag::NONE, ..Choices::default() });
    let super::evm::Outcome::Ok(answer) = is_valid(&mut open) else { panic!("refused") };
    assert_eq!(answer[..4], [0x16, 0x26, 0xba, 0x7e]);
}
