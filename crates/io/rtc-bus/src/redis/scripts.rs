//! The scripts that Redis runs, each as one step that nothing comes between.

use redis::Script;

/// KEYS: value, members, versions. ARGV: version, value, time to live in ms, then a member and 1 or 0 each.
const SET_MEMBERS: &str = "
local version = tonumber(ARGV[1])
for i = 4, #ARGV, 2 do
  local known = redis.call('HGET', KEYS[3], ARGV[i])
  if not known or version > tonumber(known) then
    redis.call('HSET', KEYS[3], ARGV[i], ARGV[1])
    redis.call(ARGV[i + 1] == '1' and 'SADD' or 'SREM', KEYS[2], ARGV[i])
  end
end
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ARGV[3]) end
";

const ADVANCE: &str = "
local known = redis.call('HGET', KEYS[1], 'version')
if not known then return -1 end
local newest = tonumber(ARGV[1]) > tonumber(known)
if newest then redis.call('HSET', KEYS[1], 'version', ARGV[1], 'value', ARGV[2]) end
";

const REPLACE: &str = "
local known = redis.call('HGET', KEYS[1], 'version')
if known and tonumber(known) > tonumber(ARGV[1]) then return 0 end
redis.call('DEL', KEYS[2], KEYS[3])
redis.call('HSET', KEYS[1], 'version', ARGV[1], 'value', ARGV[2])
";

/// KEYS: value, members. ARGV: most members.
const READ: &str = "
local state = redis.call('HMGET', KEYS[1], 'version', 'value')
if not state[1] then return false end
local members = {}
if tonumber(ARGV[1]) > 0 then members = redis.call('SRANDMEMBER', KEYS[2], ARGV[1]) end
return {state[1], state[2], redis.call('SCARD', KEYS[2]), members}
";

pub(super) struct Scripts {
    pub(super) advance: Script,
    pub(super) replace: Script,
    pub(super) read: Script,
}

impl Scripts {
    pub(super) fn new() -> Self {
        Self {
            advance: Script::new(&format!("{ADVANCE}{SET_MEMBERS}return newest and 1 or 0")),
            replace: Script::new(&format!("{REPLACE}{SET_MEMBERS}return 1")),
            read: Script::new(READ),
        }
    }
}
