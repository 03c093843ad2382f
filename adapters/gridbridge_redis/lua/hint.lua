-- Leave hints in an instance's inbox; an instance that is gone leaves nothing behind.
--
-- KEYS  1  inbox (stream)
-- ARGV  1  how many hints it keeps   2  for how long after the last, ms   then site, station, ...
for i = 3, #ARGV, 2 do
  redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', 'site', ARGV[i], 'station', ARGV[i + 1])
end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
