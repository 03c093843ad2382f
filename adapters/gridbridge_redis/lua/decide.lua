-- Append a decision and set what follows from it, all or none, under the owner's fence.
--
-- KEYS  1  owner (hash)   2  the log (stream)   3  sequence numbers seen of the writer
--       4  desired (hash), if the decision is a site's
--       5  view (string), if it is replaced
-- ARGV  1  fence   2  how many sequence numbers are remembered   3  for how long, ms
--       4  seq   5  the decision's document   6  the view's document ('' without KEYS 5)
--       then for each station whose desired changes: station, version, document
-- Returns the decision's id (of one that was stored before: the log's newest), or nil where the
-- fence is not the newest, or a station has as new a version of something else: then nothing was
-- written.
if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[1] then return false end
for i = 7, #ARGV, 3 do
  local known = redis.call('HGET', KEYS[4], ARGV[i])
  if known and known ~= ARGV[i + 2] then
    -- It stands before all else that has a version; decoding it all would take far longer.
    local version = string.match(known, '"version":(%d+)')
    if version and tonumber(version) >= tonumber(ARGV[i + 1]) then return false end
  end
end
local fresh = redis.call('ZADD', KEYS[3], 'NX', ARGV[4], ARGV[4]) == 1
redis.call('ZREMRANGEBYRANK', KEYS[3], 0, -1 - ARGV[2])
redis.call('PEXPIRE', KEYS[3], ARGV[3])
for i = 7, #ARGV, 3 do
  redis.call('HSET', KEYS[4], ARGV[i], ARGV[i + 2])
end
if KEYS[5] then redis.call('SET', KEYS[5], ARGV[6]) end
if fresh then return redis.call('XADD', KEYS[2], '*', 'fact', ARGV[5]) end
local newest = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)[1]
return newest and newest[1] or '0'
