//! The struct types of typed data: a closed set without recursion, with each type's hash.

use alloy_primitives::{B256, keccak256};

use super::DOMAIN_TYPE;
use crate::abi::{Kind, MAX_DEPTH, Type};
use crate::order::sort_by_key;

/// Most struct types in one set of typed data. A bound on work: each type's hash covers all it refers to.
pub const MAX_TYPES: usize = 64;

/// A field of a struct type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Name.
    pub name: String,
    /// Type.
    pub ty: FieldType,
}

/// The type of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldType {
    /// An atomic type, `bytes` or `string`.
    Basic(Type),
    /// A struct of this set.
    Struct(String),
    /// `T[]`, or `T[n]` with a length.
    Array(Box<Self>, Option<usize>),
}

/// A fault in the types of typed data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("type {type_name}: {reason}")]
pub struct TypesError {
    /// The struct type, or the text that should be one.
    pub type_name: String,
    /// What is wrong with it.
    pub reason: TypesReason,
}

/// What is wrong with a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TypesReason {
    /// A name that is empty, not an identifier, or a built-in type's.
    #[error("not a name for a type or field")]
    Name,
    /// Text that is not a field type.
    #[error("not a type")]
    NotAType,
    /// The same name twice.
    #[error("a name stands twice")]
    Duplicate,
    /// A reference to a struct that is not in the set.
    #[error("refers to a struct that is not defined")]
    Undefined,
    /// A struct that contains itself.
    #[error("contains itself")]
    Recursive,
    /// Nested too deep.
    #[error("nested more than {MAX_DEPTH} deep")]
    TooDeep,
    /// More than [`MAX_TYPES`] struct types.
    #[error("more than {MAX_TYPES} struct types")]
    TooMany,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Types {
    /// In order of their names.
    structs: Vec<Struct>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Struct {
    name: String,
    fields: Vec<Field>,
    hash: B256,
}

fn fault<T>(type_name: &str, reason: TypesReason) -> Result<T, TypesError> {
    Err(TypesError { type_name: type_name.to_owned(), reason })
}

impl Types {
    /// Parses an `encodeType` string, such as `Mail(Person from,string text)Person(string name)`; answers the first type's name.
    pub(super) fn parse(text: &str) -> Result<(String, Self), TypesError> {
        let mut primary = None;
        let mut structs = Vec::new();
        for part in text.split_inclusive(')') {
            let not_a_type = TypesError { type_name: part.to_owned(), reason: TypesReason::NotAType };
            let (name, list) =
                part.strip_suffix(')').and_then(|part| part.split_once('(')).ok_or(not_a_type.clone())?;
            let mut fields = Vec::new();
            for field in list.split(',').filter(|_| !list.is_empty()) {
                let (ty, field_name) = field.split_once(' ').ok_or(not_a_type.clone())?;
                fields.push((field_name.to_owned(), ty.to_owned()));
            }
            primary.get_or_insert_with(|| name.to_owned());
            structs.push((name.to_owned(), fields));
        }
        match primary {
            Some(primary) => Ok((primary, Self::new(structs)?)),
            None => fault(text, TypesReason::NotAType),
        }
    }

    /// A set from names and fields as (name, type) text.
    pub(super) fn new(structs: Vec<(String, Vec<(String, String)>)>) -> Result<Self, TypesError> {
        if structs.len() > MAX_TYPES {
            return fault("(all)", TypesReason::TooMany);
        }
        let mut types = Self { structs: Vec::with_capacity(structs.len()) };
        for (name, fields) in structs {
            if !is_name(&name) || basic(&name).is_some() || name == DOMAIN_TYPE {
                return fault(&name, TypesReason::Name);
            }
            let mut parsed: Vec<Field> = Vec::with_capacity(fields.len());
            for (field, ty) in fields {
                if !is_name(&field) {
                    return fault(&name, TypesReason::Name);
                }
                let ty = field_type(&ty).or_else(|reason| fault(&name, reason))?;
                if parsed.iter().any(|other| other.name == field) {
                    return fault(&name, TypesReason::Duplicate);
                }
                parsed.push(Field { name: field, ty });
            }
            if types.find(&name).is_some() {
                return fault(&name, TypesReason::Duplicate);
            }
            types.structs.push(Struct { name, fields: parsed, hash: B256::ZERO });
        }
        sort_by_key(&mut types.structs, |entry| entry.name.clone());
        let mut depths = Vec::new();
        for entry in &types.structs {
            types.depth(&entry.name, &entry.name, &mut depths, &mut Vec::new())?;
        }
        for index in 0..types.structs.len() {
            let text = types.structs.get(index).map(|entry| types.encode_type(&entry.name));
            if let (Some(entry), Some(text)) = (types.structs.get_mut(index), text) {
                entry.hash = keccak256(text);
            }
        }
        Ok(types)
    }

    fn find(&self, name: &str) -> Option<&Struct> {
        self.structs.iter().find(|entry| entry.name == name)
    }

    pub(super) fn fields(&self, name: &str) -> Option<&[Field]> {
        self.find(name).map(|entry| entry.fields.as_slice())
    }

    pub(super) fn hash(&self, name: &str) -> B256 {
        self.find(name).map(|entry| entry.hash).unwrap_or_default()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &[Field])> {
        self.structs.iter().map(|entry| (entry.name.as_str(), entry.fields.as_slice()))
    }

    /// How deep a struct nests, counting structs and arrays; proves that references are defined and not recursive.
    fn depth<'a>(
        &'a self,
        name: &'a str,
        referrer: &str,
        known: &mut Vec<(&'a str, usize)>,
        open: &mut Vec<&'a str>,
    ) -> Result<usize, TypesError> {
        if let Some((_, depth)) = known.iter().find(|(other, _)| *other == name) {
            return Ok(*depth);
        }
        if open.contains(&name) {
            return fault(name, TypesReason::Recursive);
        }
        let Some(fields) = self.fields(name) else {
            return fault(referrer, TypesReason::Undefined);
        };
        if open.len() >= MAX_DEPTH {
            return fault(name, TypesReason::TooDeep);
        }
        open.push(name);
        let mut deepest = 0;
        for field in fields {
            let (arrays, inner) = unwrap_arrays(&field.ty);
            let below = match inner {
                FieldType::Struct(inner) => self.depth(inner, name, known, open)?,
                _ => 0,
            };
            deepest = deepest.max(below.saturating_add(arrays));
        }
        open.pop();
        let depth = deepest.saturating_add(1);
        if depth > MAX_DEPTH {
            return fault(name, TypesReason::TooDeep);
        }
        known.push((name, depth));
        Ok(depth)
    }

    /// EIP-712, "Definition of `encodeType`": the struct, then those it refers to, sorted by name.
    fn encode_type(&self, name: &str) -> String {
        let mut referred = Vec::new();
        self.collect(name, &mut referred);
        referred.retain(|other| *other != name);
        sort_by_key(&mut referred, |name| *name);
        let mut text = String::new();
        for name in std::iter::once(name).chain(referred) {
            let fields = self.fields(name).unwrap_or_default().iter();
            let fields: Vec<String> =
                fields.map(|field| format!("{} {}", field.ty.name(), field.name)).collect();
            text.push_str(&format!("{name}({})", fields.join(",")));
        }
        text
    }

    fn collect<'a>(&'a self, name: &'a str, referred: &mut Vec<&'a str>) {
        if referred.contains(&name) {
            return;
        }
        referred.push(name);
        for field in self.fields(name).unwrap_or_default() {
            if let (_, FieldType::Struct(inner)) = unwrap_arrays(&field.ty) {
                self.collect(inner, referred);
            }
        }
    }
}

impl FieldType {
    /// The type as typed data writes it.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Basic(ty) => ty.to_string(),
            Self::Struct(name) => name.clone(),
            Self::Array(item, None) => format!("{}[]", item.name()),
            Self::Array(item, Some(length)) => format!("{}[{length}]", item.name()),
        }
    }
}

fn unwrap_arrays(ty: &FieldType) -> (usize, &FieldType) {
    match ty {
        FieldType::Array(item, _) => {
            let (arrays, inner) = unwrap_arrays(item);
            (arrays.saturating_add(1), inner)
        }
        _ => (0, ty),
    }
}

fn is_name(text: &str) -> bool {
    !text.starts_with(|c: char| c.is_ascii_digit())
        && !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'$')
}

/// An elementary type by its full name; `uint` and `int` are refused, since their hash would depend on who expands them.
fn basic(text: &str) -> Option<Type> {
    let ty: Type = text.parse().ok()?;
    let elementary = !matches!(ty.kind(), Kind::Array(_) | Kind::FixedArray(..) | Kind::Tuple(_));
    (elementary && ty.to_string() == text).then_some(ty)
}

fn field_type(text: &str) -> Result<FieldType, TypesReason> {
    let (base, mut suffixes) = text.split_at(text.find('[').unwrap_or(text.len()));
    let mut ty = match basic(base) {
        Some(ty) => FieldType::Basic(ty),
        None if is_name(base) && !matches!(base, "uint" | "int") => FieldType::Struct(base.to_owned()),
        None => return Err(TypesReason::NotAType),
    };
    for _ in 0..=MAX_DEPTH {
        let Some(suffix) = suffixes.strip_prefix('[') else {
            return if suffixes.is_empty() { Ok(ty) } else { Err(TypesReason::NotAType) };
        };
        let (digits, rest) = suffix.split_once(']').ok_or(TypesReason::NotAType)?;
        let length = match digits {
            "" => None,
            _ if digits.starts_with('0') || !digits.bytes().all(|b| b.is_ascii_digit()) => {
                return Err(TypesReason::NotAType);
            }
            _ => Some(digits.parse().map_err(|_| TypesReason::NotAType)?),
        };
        ty = FieldType::Array(Box::new(ty), length);
        suffixes = rest;
    }
    Err(TypesReason::TooDeep)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refuse(text: &str) -> TypesReason {
        Types::parse(text).unwrap_err().reason
    }

    #[test]
    fn types_are_closed_and_not_recursive() {
        assert_eq!(refuse("A(B b)"), TypesReason::Undefined);
        assert_eq!(refuse("A(B[] b)B(A a)"), TypesReason::Recursive);
        assert_eq!(refuse("A(bool a,bool a)"), TypesReason::Duplicate);
        assert_eq!(refuse("A(bool a)A(bool a)"), TypesReason::Duplicate);
        assert_eq!(refuse("A(uint a)"), TypesReason::NotAType);
        assert_eq!(refuse("uint8(bool a)"), TypesReason::Name);
        assert_eq!(refuse("A(bool[0] a)"), TypesReason::NotAType);
        assert_eq!(refuse(""), TypesReason::NotAType);
        assert_eq!(refuse(&format!("A(bool{} a)", "[]".repeat(17))), TypesReason::TooDeep);
        let chain: String = (0..20).map(|i| format!("T{i}(T{} next)", i + 1)).collect();
        assert_eq!(refuse(&format!("{chain}T20(bool a)")), TypesReason::TooDeep);
        let many: String = (0..=MAX_TYPES).map(|i| format!("T{i}(bool a)")).collect();
        assert_eq!(refuse(&many), TypesReason::TooMany);
    }

    #[test]
    fn referred_types_are_sorted() {
        let (primary, types) = Types::parse("M(Z z,A[] a)Z(A a)A(bool b)").unwrap();
        assert_eq!(types.encode_type(&primary), "M(Z z,A[] a)A(bool b)Z(A a)");
    }
}
