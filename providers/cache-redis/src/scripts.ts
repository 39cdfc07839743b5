import { defineScript, type RedisScript } from "@bedplate/redis";

// The last of the KEYS is always what the keys of tags begin with.
//
// A record is `b1`, the length of its tags, a check of both, the tags, and the body that the client
// made (see `record.ts`). Tags are JSON: pairs of a tag and the generation that it had. A dropped tag
// loses its generation and gets another one, which cannot be guessed, with the next write; so what
// was lost by eviction hides entries and never shows them.

const tags = `
local tag_prefix = KEYS[#KEYS]

local function is_current(pairs_of_tags)
  for _, pair in ipairs(pairs_of_tags) do
    if redis.call('GET', tag_prefix .. pair[1]) ~= pair[2] then return false end
  end
  return true
end

-- Gives each tag a generation, its own or the one that is offered, for at least this long.
local function adopt(pairs_of_tags, ms)
  local adopted = {}
  for i, pair in ipairs(pairs_of_tags) do
    local key = tag_prefix .. pair[1]
    local current = redis.call('GET', key)
    if not current then
      current = pair[2]
      redis.call('SET', key, current, 'PX', ms)
    elseif redis.call('PTTL', key) < tonumber(ms) then
      redis.call('PEXPIRE', key, ms)
    end
    adopted[i] = { pair[1], current }
  end
  return adopted
end

local function tags_of(block)
  if block == '' then return {} end
  local is_json, found = pcall(cjson.decode, block)
  return is_json and found or {}
end
`;

const entries = `${tags}
-- The version of an entry that a reader would get without asking for stale ones; else false.
local function fresh_version(key)
  local left = redis.call('PTTL', key)
  if left <= 0 then return false end
  local head = redis.call('GETRANGE', key, 0, 13)
  if #head < 14 or string.sub(head, 1, 2) ~= 'b1' then return false end
  local length = struct.unpack('>I4', head, 3)
  local block = length > 0 and redis.call('GETRANGE', key, 14, 13 + length) or ''
  local own = redis.call('GETRANGE', key, 14 + length, 46 + length)
  if #own < 33 or not is_current(tags_of(block)) then return false end
  if left <= struct.unpack('>d', own, 9) then return false end
  return string.sub(own, 18, 33)
end

-- A claim that still holds; else nil.
local function claim_of(key)
  local text = redis.call('GET', key)
  if not text then return nil end
  local is_json, claim = pcall(cjson.decode, text)
  return is_json and is_current(claim.tags) and claim or nil
end
`;

/** KEYS: entries, start of tags. Answers, per key, nothing or how long it is kept and the record. */
export const getScript: RedisScript = defineScript(`${tags}
local found = {}
for i = 1, #KEYS - 1 do
  local key = KEYS[i]
  found[i] = false
  local record = redis.call('GET', key)
  local left = record and redis.call('PTTL', key) or 0
  if left > 0 then
    local is_whole = #record >= 14 and string.sub(record, 1, 2) == 'b1'
    local length = is_whole and struct.unpack('>I4', record, 3) or 0
    if is_current(tags_of(string.sub(record, 15, 14 + length))) then found[i] = { left, record } end
  end
end
return found
`);

/** KEYS: entry and claim of each item, start of tags. ARGV: what each item asks, and its body. */
export const setScript: RedisScript = defineScript(`${entries}
local function is_met(ask, actual, claim)
  if ask.is == 'absent' then return not actual end
  if ask.is == 'version' then return actual == ask.value end
  if ask.is == 'claim' then return claim ~= nil and claim.token == ask.value end
  return true
end

local answers = {}
for i = 1, (#KEYS - 1) / 2 do
  local entry, held = KEYS[2 * i - 1], KEYS[2 * i]
  local ask, body = cjson.decode(ARGV[2 * i - 1]), ARGV[2 * i]
  local actual = ask.is ~= 'always' and fresh_version(entry)
  local claim = nil
  if ask.is == 'claim' then claim = claim_of(held) end
  if is_met(ask, actual, claim) then
    local adopted = adopt(claim and claim.tags or ask.tags, ask.keepMs)
    local block = #adopted > 0 and cjson.encode(adopted) or ''
    local length = struct.pack('>I4', #block)
    local check = string.sub(redis.sha1hex(length .. block), 1, 8)
    redis.call('SET', entry, 'b1' .. length .. check .. block .. body, 'PX', ask.keepMs)
    redis.call('UNLINK', held)
    answers[i] = { 1, ask.version }
  else
    answers[i] = { 0, actual or '' }
  end
end
return answers
`);

/** KEYS: entry and claim of each key, start of tags. Answers how many entries were fresh. */
export const dropScript: RedisScript = defineScript(`${entries}
local dropped = 0
for i = 1, (#KEYS - 1) / 2 do
  if fresh_version(KEYS[2 * i - 1]) then dropped = dropped + 1 end
  redis.call('UNLINK', KEYS[2 * i - 1], KEYS[2 * i])
end
return dropped
`);

/** KEYS: what to forget, without a look at it, and one that is left alone. */
export const forgetScript: RedisScript = defineScript(`
for i = 1, #KEYS - 1 do redis.call('UNLINK', KEYS[i]) end
return 0
`);

/** KEYS: claim, start of tags. ARGV: how long to hold it, token, tags. Answers whether it is won, or how long it is held. */
export const claimScript: RedisScript = defineScript(`${entries}
if claim_of(KEYS[1]) then return { 0, redis.call('PTTL', KEYS[1]) } end
local claim = { token = ARGV[2], tags = adopt(cjson.decode(ARGV[3]), ARGV[1]) }
redis.call('SET', KEYS[1], cjson.encode(claim), 'PX', ARGV[1])
return { 1, 0 }
`);

/** KEYS: claim, start of tags. ARGV: token. */
export const releaseScript: RedisScript = defineScript(`${entries}
local claim = claim_of(KEYS[1])
if claim and claim.token == ARGV[1] then return redis.call('UNLINK', KEYS[1]) end
return 0
`);

/** KEYS: counter, with an idempotency key what it answered, start of tags. ARGV: change, life, floor, ceiling, how long to remember. */
export const countScript: RedisScript = defineScript(`
local once = #KEYS == 3 and KEYS[2]
local first = once and redis.call('GET', once)
if first then return first end
local current = redis.call('GET', KEYS[1])
local sum = tonumber(current or '0') + tonumber(ARGV[1])
local value = math.min(tonumber(ARGV[4]), math.max(tonumber(ARGV[3]), sum))
local text = string.format('%.0f', value)
if current then
  redis.call('SET', KEYS[1], text, 'KEEPTTL')
else
  redis.call('SET', KEYS[1], text, 'PX', ARGV[2])
end
if once then redis.call('SET', once, text, 'PX', ARGV[5]) end
return text
`);
