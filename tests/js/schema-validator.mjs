// A validator for the keywords of JSON Schema 2020-12 that the scope's schema uses, and for no others: an unknown one is an error.
const NOTES = new Set(['$schema', '$id', '$defs', 'title', 'description'])

const typeOf = (value) => {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number'
  return typeof value
}
const isObject = (value) => typeOf(value) === 'object'
const isArray = Array.isArray
const sameJson = (a, b) => JSON.stringify(a) === JSON.stringify(b)

/** Each answers the faults of a value, as texts that begin with its path. */
const KEYWORDS = {
  type: (wanted, value, path) => ([wanted].flat().includes(typeOf(value)) ? [] : [`${path}: is ${typeOf(value)}`]),
  const: (wanted, value, path) => (sameJson(wanted, value) ? [] : [`${path}: is not ${JSON.stringify(wanted)}`]),
  enum: (wanted, value, path) => (wanted.some((one) => sameJson(one, value)) ? [] : [`${path}: is none of the list`]),
  pattern: (wanted, value, path) => (typeof value !== 'string' || new RegExp(wanted, 'u').test(value) ? [] : [`${path}: does not match`]),
  minLength: (wanted, value, path) => (typeof value !== 'string' || value.length >= wanted ? [] : [`${path}: is too short`]),
  minimum: (wanted, value, path) => (typeof value !== 'number' || value >= wanted ? [] : [`${path}: is too small`]),
  minItems: (wanted, value, path) => (!isArray(value) || value.length >= wanted ? [] : [`${path}: has too few`]),
  maxItems: (wanted, value, path) => (!isArray(value) || value.length <= wanted ? [] : [`${path}: has too many`]),
  minProperties: (wanted, value, path) => (!isObject(value) || Object.keys(value).length >= wanted ? [] : [`${path}: has too few`]),
  maxProperties: (wanted, value, path) => (!isObject(value) || Object.keys(value).length <= wanted ? [] : [`${path}: has too many`]),
  required: (wanted, value, path) =>
    isObject(value) ? wanted.filter((name) => !Object.hasOwn(value, name)).map((name) => `${path}.${name}: is missing`) : [],
  items: (schema, value, path, root) =>
    isArray(value) ? value.flatMap((item, index) => validate(schema, item, `${path}[${index}]`, root)) : [],
  properties: (schemas, value, path, root) =>
    !isObject(value)
      ? []
      : Object.keys(schemas)
          .filter((name) => Object.hasOwn(value, name))
          .flatMap((name) => validate(schemas[name], value[name], `${path}.${name}`, root)),
  additionalProperties: (schema, value, path, root, { properties = {} }) =>
    !isObject(value)
      ? []
      : Object.keys(value)
          .filter((name) => !Object.hasOwn(properties, name))
          .flatMap((name) => validate(schema, value[name], `${path}.${name}`, root)),
  propertyNames: (schema, value, path, root) =>
    isObject(value) ? Object.keys(value).flatMap((name) => validate(schema, name, `${path}.${name}`, root)) : [],
  anyOf: (schemas, value, path, root) => {
    const faults = schemas.map((schema) => validate(schema, value, path, root))
    return faults.some((found) => found.length === 0) ? [] : [`${path}: fits none of ${schemas.length}`, ...faults.flat()]
  },
  not: (schema, value, path, root) => (validate(schema, value, path, root).length > 0 ? [] : [`${path}: is excluded`]),
  $ref: (name, value, path, root) => validate(at(root, name), value, path, root),
}

/** The part of a schema that `#/…` names. */
const at = (root, name) => name.slice(2).split('/').reduce((schema, key) => schema[key], root)

/** Faults of a value against a schema; none when it fits. */
export function validate(schema, value, path = 'scope', root = schema) {
  if (typeof schema === 'boolean') return schema ? [] : [`${path}: is not known`]
  return Object.entries(schema).flatMap(([keyword, wanted]) => {
    if (NOTES.has(keyword)) return []
    const check = KEYWORDS[keyword]
    if (check === undefined) throw new Error(`the schema uses ${keyword}, which is not known here`)
    return check(wanted, value, path, root, schema)
  })
}
