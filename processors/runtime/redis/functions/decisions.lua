-- One step on the decisions: every check holds and every write happens, or nothing does.

local function entry_version(prefix, key)
  local stored = redis.call('GET', prefix .. 'e:' .. key)
  if not stored then return 0 end
  return tonumber(string.sub(stored, 1, string.find(stored, ' ', 1, true) - 1))
end

local function holds(prefix, fence)
  local lease = redis.call('HMGET', prefix .. 'l:' .. fence.lease, 'token', 'held')
  return lease[2] == '1' and tonumber(lease[1]) == fence.token
end

-- The counters after the step, or the one that would leave its minimum or maximum.
local function added(prefix, adds)
  local after = {}
  for _, add in ipairs(adds) do
    local value = after[add.counter]
    if not value then value = tonumber(redis.call('GET', prefix .. 'c:' .. add.counter) or '0') end
    value = value + add.delta
    if add.min and add.delta < 0 and value < add.min then return nil, add.counter end
    if add.max and value > add.max then return nil, add.counter end
    after[add.counter] = value
  end
  return after
end

-- Versions begin at the server's time in microseconds: none of an earlier generation comes again.
local function next_version(prefix)
  local key = prefix .. 'version'
  if redis.call('EXISTS', key) == 0 then
    local time = redis.call('TIME')
    redis.call('SET', key, whole(tonumber(time[1]) * 1000000 + tonumber(time[2])))
  end
  return whole(redis.call('INCR', key))
end

local function write_entries(prefix, step)
  for _, key in ipairs(step.deletes or {}) do redis.call('DEL', prefix .. 'e:' .. key) end
  if not step.puts or #step.puts == 0 then return end
  local version = next_version(prefix)
  for _, put in ipairs(step.puts) do
    local stored = version .. ' ' .. put.value
    if put.expiresAtMs then
      redis.call('SET', prefix .. 'e:' .. put.key, stored, 'PXAT', whole(put.expiresAtMs))
    else
      redis.call('SET', prefix .. 'e:' .. put.key, stored)
    end
  end
end

-- ARGV from `first`: topic, key, headers, value of each fact. Answers their places in the outbox.
local function append_facts(prefix, args, first)
  local places = {}
  for at = first, #args, 4 do
    local place = redis.call('XADD', prefix .. 'outbox', '*', 'topic', args[at], 'key', args[at + 1],
      'headers', args[at + 2], 'value', args[at + 3])
    places[#places + 1] = place
  end
  return places
end

-- A lease that was dropped and comes again must not meet a zombie with the same token.
local function forget_lease(prefix, lease)
  local token = redis.call('HGET', prefix .. 'l:' .. lease, 'token')
  if not token then return end
  local highest = tonumber(redis.call('GET', prefix .. 'dropped-token') or '0')
  if tonumber(token) > highest then redis.call('SET', prefix .. 'dropped-token', token) end
  redis.call('DEL', prefix .. 'l:' .. lease)
end

local function run_step(prefix, step, args, first)
  if step.fence and not holds(prefix, step.fence) then return { 'fenced', step.fence.lease } end
  for _, check in ipairs(step.checks or {}) do
    if entry_version(prefix, check.key) ~= check.version then return { 'conflict', check.key } end
  end
  local after, short = added(prefix, step.adds or {})
  if not after then return { 'short', short } end
  write_entries(prefix, step)
  for counter, value in pairs(after) do redis.call('SET', prefix .. 'c:' .. counter, whole(value)) end
  if step.fence and step.endsLease then forget_lease(prefix, step.fence.lease) end
  return { 'done', append_facts(prefix, args, first) }
end

-- ARGV: instance, step as JSON, facts.
local function commit(keys, args)
  local prefix, generation = in_use(keys[1], 'decisions', args[1])
  if not prefix then return { 'missing' } end
  local result = run_step(prefix, cjson.decode(args[2]), args, 3)
  result[3] = generation
  return result
end

-- ARGV: generation, time to live, steps as JSON. Steps of a build have no facts: they come from facts.
local function build_decisions(keys, args)
  local prefix = building(keys[1], 'decisions', args[1], args[2])
  if not prefix then return 'superseded' end
  for at = 3, #args do run_step(prefix, cjson.decode(args[at]), {}, 1) end
  return 'done'
end

-- ARGV: generation, time to live, lowest token of this generation.
local function build_tokens(keys, args)
  local prefix = building(keys[1], 'decisions', args[1], args[2])
  if not prefix then return 'superseded' end
  redis.call('SET', prefix .. 'dropped-token', args[3])
  return 'done'
end

-- ARGV: instance, kind ('e' entries, 'c' counters), names.
local function read_values(keys, args)
  local prefix = in_use(keys[1], 'decisions', args[1])
  if not prefix then return { 'missing' } end
  local names = {}
  for at = 3, #args do names[at - 2] = prefix .. args[2] .. ':' .. args[at] end
  if #names == 0 then return { 'read', {} } end
  return { 'read', redis.call('MGET', unpack(names)) }
end

-- ARGV: instance, limit.
local function read_outbox(keys, args)
  local prefix, generation = in_use(keys[1], 'decisions', args[1])
  if not prefix then return { 'missing' } end
  return { 'read', generation, redis.call('XRANGE', prefix .. 'outbox', '-', '+', 'COUNT', args[2]) }
end

-- ARGV: instance, generation, places. Those that are still there.
local function still_in_outbox(keys, args)
  local prefix, generation = in_use(keys[1], 'decisions', args[1])
  if not prefix or generation ~= args[2] then return { 'missing' } end
  local still = {}
  for at = 3, #args do
    if #redis.call('XRANGE', prefix .. 'outbox', args[at], args[at]) > 0 then still[#still + 1] = args[at] end
  end
  return { 'read', still }
end

-- ARGV: instance, generation, places.
local function remove_from_outbox(keys, args)
  local prefix, generation = in_use(keys[1], 'decisions', args[1])
  if not prefix or generation ~= args[2] then return { 'missing' } end
  redis.call('XDEL', prefix .. 'outbox', unpack(args, 3))
  return { 'done' }
end
