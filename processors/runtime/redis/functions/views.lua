-- Writes of the views that are idempotent by type, and their reading in pages.

-- Byte by byte; Lua's own comparison would ask the locale.
local function sorts_before(a, b)
  local length = math.min(#a, #b)
  for at = 1, length do
    local left, right = string.byte(a, at), string.byte(b, at)
    if left ~= right then return left < right end
  end
  return #a < #b
end

local function keep_higher(prefix, write, value, rank)
  local ranks = prefix .. 'r:' .. write.doc
  local doc = prefix .. 'd:' .. write.doc
  local known = redis.call('HGET', ranks, write.field)
  if known then
    known = tonumber(known)
    if known > rank then return end
    -- Of equal ranks the text that sorts last.
    if known == rank and not sorts_before(redis.call('HGET', doc, write.field), value) then return end
  end
  redis.call('HSET', doc, write.field, value)
  redis.call('HSET', ranks, write.field, string.format('%.17g', rank))
end

local function apply_write(prefix, write)
  if write['do'] == 'set' then
    for field, value in pairs(write.fields) do redis.call('HSET', prefix .. 'd:' .. write.doc, field, value) end
  elseif write['do'] == 'add' then
    redis.call('ZADD', prefix .. 's:' .. write.set, 'GT', string.format('%.17g', write.score), write.member)
  elseif write['do'] == 'max' then
    keep_higher(prefix, write, write.text, write.value)
  else
    keep_higher(prefix, write, write.value, write.order)
  end
end

local function drop_all(prefix, what)
  for _, doc in ipairs(what.docs) do redis.call('UNLINK', prefix .. 'd:' .. doc, prefix .. 'r:' .. doc) end
  for _, set in ipairs(what.sets) do redis.call('UNLINK', prefix .. 's:' .. set) end
  for _, of in ipairs(what.members) do redis.call('ZREM', prefix .. 's:' .. of.set, of.member) end
end

-- The views in use and, while others are built, those too: what is live is in both.
local function targets(root, instance)
  local prefix = in_use(root, 'views', instance)
  if not prefix then return nil end
  local beside = builder(root, 'views')
  if beside then return { prefix, prefix_of(root, 'views', beside) } end
  return { prefix }
end

-- ARGV: instance, writes as JSON.
local function apply_views(keys, args)
  local prefixes = targets(keys[1], args[1])
  if not prefixes then return { 'missing' } end
  local writes = cjson.decode(args[2])
  for _, prefix in ipairs(prefixes) do
    for _, write in ipairs(writes) do apply_write(prefix, write) end
  end
  return { 'done' }
end

-- ARGV: instance, documents, sets and members as JSON.
local function drop_views(keys, args)
  local prefixes = targets(keys[1], args[1])
  if not prefixes then return { 'missing' } end
  for _, prefix in ipairs(prefixes) do drop_all(prefix, cjson.decode(args[2])) end
  return { 'done' }
end

-- ARGV: generation, time to live, what ('apply' or 'drop'), JSON.
local function build_views(keys, args)
  local prefix = building(keys[1], 'views', args[1], args[2])
  if not prefix then return { 'missing' } end
  if args[3] == 'drop' then
    drop_all(prefix, cjson.decode(args[4]))
  else
    for _, write in ipairs(cjson.decode(args[4])) do apply_write(prefix, write) end
  end
  return { 'done' }
end

-- The prefix to read from. ARGV[1]: instance; ARGV[2]: a generation being built, or ''.
local function read_prefix(root, args)
  if args[2] == '' then return in_use(root, 'views', args[1]) end
  if builder(root, 'views') ~= args[2] then return nil end
  return prefix_of(root, 'views', args[2])
end

-- ARGV from 3: documents.
local function read_docs(keys, args)
  local prefix = read_prefix(keys[1], args)
  if not prefix then return { 'missing' } end
  local docs = {}
  for at = 3, #args do docs[at - 2] = redis.call('HGETALL', prefix .. 'd:' .. args[at]) end
  return { 'read', docs }
end

-- ARGV from 3: sets.
local function count_members(keys, args)
  local prefix = read_prefix(keys[1], args)
  if not prefix then return { 'missing' } end
  local counts = {}
  for at = 3, #args do counts[at - 2] = redis.call('ZCARD', prefix .. 's:' .. args[at]) end
  return { 'read', counts }
end

-- How many members come before (score, member), itself included when `with` is set.
local function position(set, score, member, with)
  local from = redis.call('ZCOUNT', set, '-inf', '(' .. score)
  local to = from + redis.call('ZCOUNT', set, score, score)
  while from < to do
    local middle = math.floor((from + to) / 2)
    local found = redis.call('ZRANGE', set, middle, middle)[1]
    if sorts_before(found, member) or (with and found == member) then from = middle + 1 else to = middle end
  end
  return from
end

-- ARGV[3..]: set, order ('up' or 'down'), limit, and where to go on: score, member.
local function read_members(keys, args)
  local prefix = read_prefix(keys[1], args)
  if not prefix then return { 'missing' } end
  local set = prefix .. 's:' .. args[3]
  local limit = tonumber(args[5])
  local after = args[7]
  if limit < 1 then return { 'read', {} } end
  if args[4] == 'up' then
    local first = after and position(set, args[6], after, true) or 0
    return { 'read', redis.call('ZRANGE', set, first, first + limit - 1, 'WITHSCORES') }
  end
  local size = redis.call('ZCARD', set)
  local last = after and position(set, args[6], after, false) or size
  if last == 0 then return { 'read', {} } end
  local first = size - last
  return { 'read', redis.call('ZRANGE', set, first, first + limit - 1, 'REV', 'WITHSCORES') }
end
