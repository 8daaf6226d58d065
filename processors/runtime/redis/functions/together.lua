-- Decisions and views read by one call, answered as one JSON text.

-- ARGV: instance, count of entries, count of documents, then the names of entries, documents and sets.
local function read_together(keys, args)
  local prefix = in_use(keys[1], 'decisions', args[1])
  if not prefix then return 'missing' end
  local last_entry = 3 + tonumber(args[2])
  local last_doc = last_entry + tonumber(args[3])
  local entries = {}
  for at = 4, last_entry do entries[at - 3] = redis.call('GET', prefix .. 'e:' .. args[at]) end
  local views = in_use(keys[1], 'views', args[1])
  if not views then return cjson.encode({ entries }) end
  local docs = {}
  for at = last_entry + 1, last_doc do docs[at - last_entry] = redis.call('HGETALL', views .. 'd:' .. args[at]) end
  local counts = {}
  for at = last_doc + 1, #args do counts[at - last_doc] = redis.call('ZCARD', views .. 's:' .. args[at]) end
  return cjson.encode({ entries, docs, counts })
end
