-- Leases by the server's clock: one owner at a time, tokens that only grow, starts that are counted.

-- ARGV: instance, lease, owner, time to live in ms, then the names of entries to read with it.
local function acquire_lease(keys, args)
  local prefix = in_use(keys[1], 'decisions', args[1])
  if not prefix then return { 'missing' } end
  local key = prefix .. 'l:' .. args[2]
  local lease = redis.call('HMGET', key, 'token', 'starts', 'held', 'until_ms', 'ttl_ms')
  local now = now_ms()
  if lease[3] == '1' and tonumber(lease[4]) > now then
    -- The server's clock was set back: nobody waits longer than a lease lasts. A living owner renews it.
    local latest = now + tonumber(lease[5] or lease[4])
    if tonumber(lease[4]) <= latest then return { 'held', lease[4] } end
    redis.call('HSET', key, 'until_ms', whole(latest))
    return { 'held', whole(latest) }
  end
  local token = tonumber(lease[1] or redis.call('GET', prefix .. 'dropped-token') or '0') + 1
  local starts = tonumber(lease[2] or '0') + 1
  redis.call('HSET', key, 'owner', args[3], 'token', whole(token), 'starts', whole(starts), 'held', '1',
    'until_ms', whole(now + tonumber(args[4])), 'ttl_ms', args[4])
  local entries = {}
  for at = 5, #args do entries[at - 4] = redis.call('GET', prefix .. 'e:' .. args[at]) end
  return { 'granted', whole(token), whole(starts), lease[1] and 0 or 1, entries }
end

-- ARGV: instance, lease, token, time to live in ms.
local function renew_lease(keys, args)
  local prefix = in_use(keys[1], 'decisions', args[1])
  if not prefix then return { 'missing' } end
  if not holds(prefix, { lease = args[2], token = tonumber(args[3]) }) then return { 'lost' } end
  redis.call('HSET', prefix .. 'l:' .. args[2], 'until_ms', whole(now_ms() + tonumber(args[4])), 'ttl_ms', args[4])
  return { 'renewed' }
end

-- ARGV: instance, lease, token, how ('finished' or 'returned').
local function release_lease(keys, args)
  local prefix = in_use(keys[1], 'decisions', args[1])
  if not prefix then return { 'missing' } end
  if not holds(prefix, { lease = args[2], token = tonumber(args[3]) }) then return { 'done' } end
  local key = prefix .. 'l:' .. args[2]
  local starts = 0
  if args[4] == 'returned' then starts = math.max(0, tonumber(redis.call('HGET', key, 'starts')) - 1) end
  redis.call('HSET', key, 'held', '0', 'starts', whole(starts))
  return { 'done' }
end

-- ARGV: instance, lease.
local function drop_lease(keys, args)
  local prefix = in_use(keys[1], 'decisions', args[1])
  if not prefix then return { 'missing' } end
  forget_lease(prefix, args[2])
  return { 'done' }
end
