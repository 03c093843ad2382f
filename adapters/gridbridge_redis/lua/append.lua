-- Append facts to a log, each (writer, seq) once.
--
-- KEYS  1    the log (stream)
--       2..  per writer: the sequence numbers seen of it (sorted set)
-- ARGV  1    how many sequence numbers of a writer are remembered
--       2    for how long after its last fact, ms
--       then for each fact, in order: index of its writer's key in KEYS, seq, document
-- Returns the id of the log's newest entry, '0' where there was never one.
local last
for i = 3, #ARGV, 3 do
  local seen = KEYS[tonumber(ARGV[i])]
  if redis.call('ZADD', seen, 'NX', ARGV[i + 1], ARGV[i + 1]) == 1 then
    last = redis.call('XADD', KEYS[1], '*', 'fact', ARGV[i + 2])
  end
end
for k = 2, #KEYS do
  redis.call('ZREMRANGEBYRANK', KEYS[k], 0, -1 - ARGV[1])
  redis.call('PEXPIRE', KEYS[k], ARGV[2])
end
if last then return last end
if redis.call('EXISTS', KEYS[1]) == 0 then return '0' end
local info = redis.call('XINFO', 'STREAM', KEYS[1])
for i = 1, #info, 2 do
  if info[i] == 'last-generated-id' then return info[i + 1] end
end
