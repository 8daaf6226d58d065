-- Says which generation of a part of the store is in use, and who may build the next one.
--
-- Every key of the program begins with KEYS[1]. A part ('decisions' or 'views') has a hash that names the generation in
-- use, the server instance that it was built on, and the generation being built. Everything else lies under the prefix
-- of its generation. A store that was emptied has no such hash; one that came back with an old snapshot is another
-- instance: both are 'missing' until they were built anew.

local function now_ms()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

-- Lua would write large numbers as 1e+15.
local function whole(number)
  return string.format('%.0f', number)
end

local function standing_key(root, part)
  return root .. part
end

local function prefix_of(root, part, generation)
  return root .. part .. ':' .. generation .. ':'
end

-- The prefix of the generation in use, or nil.
local function in_use(root, part, instance)
  local standing = redis.call('HMGET', standing_key(root, part), 'generation', 'instance')
  if not standing[1] or standing[2] ~= instance then return nil end
  return prefix_of(root, part, standing[1]), standing[1]
end

local function builder(root, part)
  local standing = redis.call('HMGET', standing_key(root, part), 'building', 'building_until')
  if not standing[1] or tonumber(standing[2]) <= now_ms() then return nil end
  return standing[1]
end

-- ARGV: part, new generation, time to live of an idle builder in ms. Answers the builder that is at it already, if any.
local function begin_build(keys, args)
  local key = standing_key(keys[1], args[1])
  local other = builder(keys[1], args[1])
  if other then return { 'held', other } end
  local stale = redis.call('HGET', key, 'building')
  redis.call('HSET', key, 'building', args[2], 'building_until', whole(now_ms() + tonumber(args[3])))
  return { 'begun', stale or '' }
end

-- The prefix of a build that is still the one, with its time prolonged, or nil. One that ran out does not come back:
-- what was written live meanwhile is not in it.
local function building(root, part, generation, ttl)
  local key = standing_key(root, part)
  if builder(root, part) ~= generation then return nil end
  redis.call('HSET', key, 'building_until', whole(now_ms() + tonumber(ttl)))
  return prefix_of(root, part, generation)
end

-- ARGV: part, generation, time to live. Keeps a build that has nothing to write at the moment.
local function keep_build(keys, args)
  return building(keys[1], args[1], args[2], args[3]) and 'kept' or 'superseded'
end

-- ARGV: part, generation. Its keys are removed by the next builder.
local function abandon_build(keys, args)
  if builder(keys[1], args[1]) ~= args[2] then return 'superseded' end
  redis.call('HSET', standing_key(keys[1], args[1]), 'building_until', '0')
  return 'done'
end

-- ARGV: part, generation, instance. Answers the generation that was in use before, for its keys to be removed.
local function take_over(keys, args)
  local key = standing_key(keys[1], args[1])
  if builder(keys[1], args[1]) ~= args[2] then return { 'superseded' } end
  local before = redis.call('HGET', key, 'generation')
  redis.call('HSET', key, 'generation', args[2], 'instance', args[3])
  redis.call('HDEL', key, 'building', 'building_until')
  return { 'done', before or '' }
end

-- ARGV: part, generation. Its name stays until another takes over, so that its keys are removed then.
local function distrust(keys, args)
  local key = standing_key(keys[1], args[1])
  if redis.call('HGET', key, 'generation') ~= args[2] then return 'other' end
  redis.call('HDEL', key, 'instance')
  return 'done'
end

-- ARGV: part, instance.
local function read_standing(keys, args)
  local _, generation = in_use(keys[1], args[1], args[2])
  return { generation or '' }
end
