-- Registers the functions under the name of this version of the library.

local function writing(name, callback)
  redis.register_function('LIBRARY_' .. name, callback)
end

local function reading(name, callback)
  redis.register_function({ function_name = 'LIBRARY_' .. name, callback = callback, flags = { 'no-writes' } })
end

writing('begin_build', begin_build)
writing('keep_build', keep_build)
writing('abandon_build', abandon_build)
writing('take_over', take_over)
writing('distrust', distrust)
reading('standing', read_standing)
writing('commit', commit)
writing('build_decisions', build_decisions)
writing('build_tokens', build_tokens)
reading('values', read_values)
reading('outbox', read_outbox)
reading('still_in_outbox', still_in_outbox)
writing('remove_from_outbox', remove_from_outbox)
writing('acquire_lease', acquire_lease)
writing('renew_lease', renew_lease)
writing('release_lease', release_lease)
writing('drop_lease', drop_lease)
writing('apply_views', apply_views)
writing('drop_views', drop_views)
writing('build_views', build_views)
reading('docs', read_docs)
reading('count', count_members)
reading('members', read_members)
reading('together', read_together)
