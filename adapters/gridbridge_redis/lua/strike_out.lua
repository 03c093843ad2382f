-- Strike out what stations said yes to, unless somebody holds a newer socket of theirs.
--
-- KEYS  1  station (hash)   2  held (hash)   and so on for each station
-- ARGV  1  epoch of the socket that asks   2  how many fields   3..  the fields   and so on
-- Returns the places, from 0, of the stations that have a newer socket: theirs is left as it is.
local newer, at = {}, 1
for place = 0, #KEYS / 2 - 1 do
  local o = redis.call('HMGET', KEYS[2 * place + 1], 'epoch', 'gw')
  local epoch, fields = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
  if o[2] and tonumber(o[1] or 0) > epoch then
    newer[#newer + 1] = place
  else
    for field = at + 2, at + 1 + fields do
      redis.call('HDEL', KEYS[2 * place + 2], ARGV[field])
    end
  end
  at = at + 2 + fields
end
return newer
