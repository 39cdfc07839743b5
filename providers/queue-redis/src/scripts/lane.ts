/** What a script answers that did nothing but bring the queue closer to where it is now. */
export const moreIsDue = "MOREDUE";

/** Members of a job's hash that `inspect` and `dead` answer, in the order of their answer. */
export const infoFields: readonly string[] = [
  "id",
  "state",
  "priority",
  "attempts",
  "attemptsMax",
  "history",
  "enqueuedAt",
  "expiresAt",
  "group",
  "worker",
  "until",
  "lastReason",
  "settledAt",
  "leasedAt",
];

/** Members of a job's hash that a lease answers, in the order of their answer. */
export const leaseFields: readonly string[] = [
  "id",
  "body",
  "token",
  "priority",
  "attempts",
  "attemptsMax",
  "until",
  "enqueuedAt",
  "group",
  "lastReason",
];

function luaList(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(", ");
}

/**
 * What every script of a queue begins with. KEYS: what all keys of the queue begin with. ARGV: the
 * time in place of the engine's or nothing, how long done jobs are remembered, how long dead ones.
 *
 * A job is a hash, and has a place: its number of arrival, with zeros before, and its id. Places
 * stand in sorted sets: `ready` by rank, `since` by when the job became ready, `delayed` by when it
 * will, `leased` by the end of the lease, `expiring` by when waiting ends, `settled` by when the job
 * is forgotten. `dead` holds ids, `blocked` those that wait for their turn in a group: `groups` says
 * whose turn it is, `line:` and the group who waits. `holders` says which job holds a dedupe key,
 * `windows` until when.
 *
 * Every script first brings the queue to where it is now; when that takes many steps it does no more,
 * and says so. It takes a place out before it puts it in
 * elsewhere: an engine whose memory is full refuses scripts at their first growing write only, so
 * no script ends half-way.
 */
export const laneText: string = `
local base = KEYS[1]
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local retain_ms, dead_retain_ms = tonumber(ARGV[2]), tonumber(ARGV[3])
local ready, since, delayed = base .. 'ready', base .. 'since', base .. 'delayed'
local leased, expiring, settled = base .. 'leased', base .. 'expiring', base .. 'settled'
local dead, groups, blocked = base .. 'dead', base .. 'groups', base .. 'blocked'
local windows, holders = base .. 'windows', base .. 'holders'
-- More than this at once would hold up everyone else on the engine.
local steps_left = 5000

local function job(id) return base .. 'job:' .. id end
local function line(group) return base .. 'line:' .. group end
local function id_of(place) return string.sub(place, 17) end
local function get(id, ...) return redis.call('HMGET', job(id), ...) end

local function take_out(place, state)
  if state == 'ready' then
    redis.call('ZREM', ready, place)
    redis.call('ZREM', since, place)
  elseif state == 'delayed' then
    redis.call('ZREM', delayed, place)
  elseif state == 'leased' then
    redis.call('ZREM', leased, place)
  elseif state == 'blocked' then
    local id = id_of(place)
    redis.call('SREM', blocked, id)
    redis.call('ZREM', line(get(id, 'group')[1]), place)
  end
end

-- Lets a job go that no other holds up.
local function go(id, ready_at, place, rank)
  if ready_at > now then
    redis.call('ZADD', delayed, ready_at, place)
    redis.call('HSET', job(id), 'state', 'delayed', 'readyAt', ready_at)
    return 'delayed'
  end
  redis.call('ZADD', ready, rank, place)
  redis.call('ZADD', since, ready_at, place)
  redis.call('HSET', job(id), 'state', 'ready', 'readyAt', ready_at)
  return 'ready'
end

local function go_again(id, ready_at)
  local found = get(id, 'place', 'rank')
  return go(id, ready_at, found[1], found[2])
end

-- Takes the turn of a group; false when another job has it, and then the job is in the line.
local function take_turn(id, group, place, ready_at)
  if not group or redis.call('HSETNX', groups, group, id) == 1 then return true end
  redis.call('ZADD', line(group), 0, place)
  redis.call('SADD', blocked, id)
  redis.call('HSET', job(id), 'state', 'blocked', 'readyAt', ready_at)
  return false
end

-- Ends the turn of a job in its group.
local function leave(id, group)
  if not group or redis.call('HGET', groups, group) ~= id then return end
  local place = redis.call('ZRANGE', line(group), 0, 0)[1]
  if not place then
    redis.call('HDEL', groups, group)
    return
  end
  local following = id_of(place)
  take_out(place, 'blocked')
  redis.call('HSET', groups, group, following)
  go_again(following, math.max(now, tonumber(get(following, 'readyAt')[1])))
end

-- Ends a job that was taken out of where it was.
local function settle(id, state)
  local found = get(id, 'place', 'group')
  local keep_ms = state == 'dead' and dead_retain_ms or retain_ms
  redis.call('HSET', job(id), 'state', state, 'settledAt', now)
  redis.call('ZADD', settled, now + keep_ms, found[1])
  if state == 'dead' then
    redis.call('ZADD', dead, 0, id)
  else
    redis.call('HDEL', job(id), 'body')
  end
  leave(id, found[2])
  return state
end

local function end_attempt(id, to, ending, reason)
  local found = get(id, 'worker', 'leasedAt', 'history')
  local attempt = { worker = found[1], from = tonumber(found[2]), to = to, ['end'] = ending, reason = reason }
  local before = found[3] and found[3] .. ',' or ''
  redis.call('HSET', job(id), 'history', before .. cjson.encode(attempt))
end

-- Gives back a job that was leased and was taken out.
local function give_back(id, ready_at)
  local found = get(id, 'expiresAt', 'attempts', 'attemptsMax')
  local is_late = found[1] and tonumber(found[1]) <= now
  if is_late or tonumber(found[2]) >= tonumber(found[3]) then return settle(id, 'dead') end
  return go_again(id, ready_at)
end

local function due(set, act)
  for _, place in ipairs(redis.call('ZRANGEBYSCORE', set, '-inf', now, 'LIMIT', 0, steps_left)) do
    steps_left = steps_left - 1
    redis.call('ZREM', set, place)
    act(place)
  end
end

local function catch_up()
  due(leased, function(place)
    local id = id_of(place)
    local until_ms = tonumber(get(id, 'until')[1])
    end_attempt(id, until_ms, 'expired', nil)
    redis.call('HSET', job(id), 'lastReason', 'lease expired')
    give_back(id, until_ms)
  end)
  due(delayed, function(place)
    local id = id_of(place)
    go_again(id, tonumber(get(id, 'readyAt')[1]))
  end)
  due(expiring, function(place)
    local id = id_of(place)
    local state = get(id, 'state')[1]
    if state == 'ready' or state == 'delayed' or state == 'blocked' then
      take_out(place, state)
      redis.call('HSET', job(id), 'lastReason', 'expired')
      settle(id, 'dead')
    end
  end)
  due(windows, function(key) redis.call('HDEL', holders, key) end)
  due(settled, function(place)
    local id = id_of(place)
    redis.call('ZREM', dead, id)
    redis.call('ZREM', expiring, place)
    redis.call('UNLINK', job(id))
  end)
end

-- The place of a job that is held with this token; else nil.
local function held(id, token)
  local found = get(id, 'state', 'token', 'until', 'place')
  if found[1] == 'leased' and found[2] == token and tonumber(found[3]) > now then return found[4] end
  return nil
end

local function info(id) return get(id, ${luaList(infoFields)}) end

catch_up()
if steps_left == 0 then return redis.error_reply('${moreIsDue} the queue is not yet where it is now') end
`;

/** The part of a lease script that reads what was leased. */
export const leaseReply: string = `get(id, ${luaList(leaseFields)})`;
