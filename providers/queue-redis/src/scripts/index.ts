import { defineScript, type RedisScript } from "@bedplate/redis";
import { laneText, leaseReply } from "./lane.ts";

/** ARGV behind those of all: how much a level of priority counts, jobs as JSON, their bodies. Answers id and whether it is a duplicate, per job. */
export const enqueueScript: RedisScript = laneScript(`
local aging_ms = tonumber(ARGV[4])
local answers = {}
for i, asked in ipairs(cjson.decode(ARGV[5])) do
  local id = asked.id
  local holder = asked.key and redis.call('HGET', holders, asked.key)
  if redis.call('EXISTS', job(id)) == 1 then
    answers[i] = { id, 1 }
  elseif holder then
    answers[i] = { holder, 1 }
  else
    local place = string.format('%016.0f', redis.call('INCR', base .. 'number')) .. id
    local ready_at = math.max(now, asked.notBefore or now)
    local rank = ready_at - asked.priority * aging_ms
    redis.call('HSET', job(id), 'id', id, 'place', place, 'body', ARGV[5 + i], 'rank', rank,
      'enqueuedAt', now, 'attempts', 0, 'priority', asked.priority, 'attemptsMax', asked.attemptsMax)
    if asked.group then redis.call('HSET', job(id), 'group', asked.group) end
    if asked.expiresAt then
      redis.call('HSET', job(id), 'expiresAt', asked.expiresAt)
      redis.call('ZADD', expiring, asked.expiresAt, place)
    end
    if asked.key then
      redis.call('HSET', holders, asked.key, id)
      redis.call('ZADD', windows, now + asked.windowMs, asked.key)
    end
    if take_turn(id, asked.group, place, ready_at) then go(id, ready_at, place, rank) end
    answers[i] = { id, 0 }
  end
end
return answers
`);

/** ARGV behind those of all: how many, for how long, the worker, chance for tokens. Answers the leased jobs. */
export const leaseScript: RedisScript = laneScript(`
local until_ms = now + tonumber(ARGV[5])
local jobs = {}
local taken = redis.call('ZPOPMIN', ready, ARGV[4])
for i = 1, #taken, 2 do
  local place = taken[i]
  local id = id_of(place)
  redis.call('ZREM', since, place)
  redis.call('ZADD', leased, until_ms, place)
  redis.call('HINCRBY', job(id), 'attempts', 1)
  redis.call('HSET', job(id), 'state', 'leased', 'worker', ARGV[6], 'leasedAt', now,
    'until', until_ms, 'token', redis.sha1hex(ARGV[7] .. place))
  jobs[#jobs + 1] = ${leaseReply}
end
return jobs
`);

/** ARGV behind those of all: for how long, then id and token of each lease. Answers its end, or nothing. */
export const extendScript: RedisScript = laneScript(`
local until_ms = now + tonumber(ARGV[4])
local answers = {}
for i = 5, #ARGV, 2 do
  local place = held(ARGV[i], ARGV[i + 1])
  answers[#answers + 1] = place and until_ms or false
  if place then
    redis.call('ZADD', leased, until_ms, place)
    redis.call('HSET', job(ARGV[i]), 'until', until_ms)
  end
end
return answers
`);

/** ARGV behind those of all: id and token of each lease. Answers 1 or 0. */
export const acknowledgeScript: RedisScript = laneScript(`
local answers = {}
for i = 4, #ARGV, 2 do
  local place = held(ARGV[i], ARGV[i + 1])
  answers[#answers + 1] = place and 1 or 0
  if place then
    take_out(place, 'leased')
    settle(ARGV[i], 'done')
  end
end
return answers
`);

/** ARGV behind those of all: id, token, delay, reason and whether to bury, of each lease. Answers where the job went, or nothing. */
export const releaseScript: RedisScript = laneScript(`
local answers = {}
for i = 4, #ARGV, 5 do
  local id = ARGV[i]
  local place = held(id, ARGV[i + 1])
  local state = false
  if place then
    take_out(place, 'leased')
    end_attempt(id, now, 'released', ARGV[i + 3])
    redis.call('HSET', job(id), 'lastReason', ARGV[i + 3])
    if ARGV[i + 4] == '1' then
      state = settle(id, 'dead')
    else
      state = give_back(id, now + tonumber(ARGV[i + 2]))
    end
  end
  answers[#answers + 1] = state
end
return answers
`);

/** ARGV behind those of all: id. */
export const cancelScript: RedisScript = laneScript(`
local id = ARGV[4]
local found = get(id, 'state', 'place')
local state = found[1]
if not state then return 'unknown' end
if state == 'leased' then return 'leased' end
if state ~= 'ready' and state ~= 'delayed' and state ~= 'blocked' then return 'finished' end
take_out(found[2], state)
settle(id, 'cancelled')
return 'cancelled'
`);

/** ARGV behind those of all: id. Answers what is known, or nothing. */
export const inspectScript: RedisScript = laneScript(`
if redis.call('EXISTS', job(ARGV[4])) == 0 then return false end
return info(ARGV[4])
`);

/** ARGV behind those of all: the bound to begin behind, how many. Answers dead jobs in the order of their ids. */
export const deadScript: RedisScript = laneScript(`
local jobs = {}
for i, id in ipairs(redis.call('ZRANGEBYLEX', dead, ARGV[4], '+', 'LIMIT', 0, ARGV[5])) do
  jobs[i] = info(id)
end
return jobs
`);

/** ARGV behind those of all: ids. Answers how many were dead. */
export const redriveScript: RedisScript = laneScript(`
local count = 0
for i = 4, #ARGV do
  local id = ARGV[i]
  if redis.call('ZREM', dead, id) == 1 then
    count = count + 1
    local found = get(id, 'place', 'group')
    redis.call('ZREM', settled, found[1])
    redis.call('ZREM', expiring, found[1])
    redis.call('HDEL', job(id), 'history', 'settledAt', 'expiresAt')
    redis.call('HSET', job(id), 'attempts', 0)
    if take_turn(id, found[2], found[1], now) then go_again(id, now) end
  end
end
return count
`);

/** Answers how many are ready, delayed, leased and dead, and for how long the oldest is ready. */
export const depthScript: RedisScript = laneScript(`
local oldest = redis.call('ZRANGE', since, 0, 0, 'WITHSCORES')[2]
local waiting = redis.call('ZCARD', delayed) + redis.call('SCARD', blocked)
return { redis.call('ZCARD', ready), waiting, redis.call('ZCARD', leased), redis.call('ZCARD', dead),
  oldest and now - tonumber(oldest) or 0 }
`);

function laneScript(text: string): RedisScript {
  return defineScript(`${laneText}${text}`);
}
