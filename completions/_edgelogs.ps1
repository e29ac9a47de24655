
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'edgelogs' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'edgelogs'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'edgelogs' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file to use; `none` disables it')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times in UTC on a terminal instead of local time')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print the version; --version also shows features and API')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print the version; --version also shows features and API')
            [CompletionResult]::new('get', 'get', [CompletionResultType]::ParameterValue, 'Fetch module logs and print them')
            [CompletionResult]::new('logs', 'logs', [CompletionResultType]::ParameterValue, 'Fetch module logs and print them')
            [CompletionResult]::new('upload', 'upload', [CompletionResultType]::ParameterValue, 'Have a device upload module logs to Blob Storage')
            [CompletionResult]::new('bundle', 'bundle', [CompletionResultType]::ParameterValue, 'Have a device upload a support bundle to Blob Storage')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show or await the status of uploads and support bundles')
            [CompletionResult]::new('devices', 'devices', [CompletionResultType]::ParameterValue, 'List the IoT Edge devices of a hub')
            [CompletionResult]::new('modules', 'modules', [CompletionResultType]::ParameterValue, 'List modules and their state')
            [CompletionResult]::new('ping', 'ping', [CompletionResultType]::ParameterValue, 'Check that edge agents respond')
            [CompletionResult]::new('restart', 'restart', [CompletionResultType]::ParameterValue, 'Restart a module')
            [CompletionResult]::new('invoke', 'invoke', [CompletionResultType]::ParameterValue, 'Call any direct method of any module')
            [CompletionResult]::new('checkpoint', 'checkpoint', [CompletionResultType]::ParameterValue, 'Show or reset where `get --checkpoint` goes on')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a shell''s completion script')
            [CompletionResult]::new('config', 'config', [CompletionResultType]::ParameterValue, 'Create, choose and show profiles')
            [CompletionResult]::new('sas', 'sas', [CompletionResultType]::ParameterValue, 'Explain or create a SAS URL for Blob Storage')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Check settings, hub, sign-in and device, in order')
            [CompletionResult]::new('device', 'device', [CompletionResultType]::ParameterValue, 'Run the device-side module')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'edgelogs;get' {
            [CompletionResult]::new('-m', '-m', [CompletionResultType]::ParameterName, 'A module by its exact name')
            [CompletionResult]::new('--module', '--module', [CompletionResultType]::ParameterName, 'A module by its exact name')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'An IoT Edge device; repeatable')
            [CompletionResult]::new('--device', '--device', [CompletionResultType]::ParameterName, 'An IoT Edge device; repeatable')
            [CompletionResult]::new('--match', '--match', [CompletionResultType]::ParameterName, 'Edge devices by id, such as ''press-*''; repeatable')
            [CompletionResult]::new('--where', '--where', [CompletionResultType]::ParameterName, 'Edge devices by twin, such as "tags.site = ''oslo''"')
            [CompletionResult]::new('--module-id', '--module-id', [CompletionResultType]::ParameterName, 'The module that answers; quote it if it begins with $')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'The last N lines of each module')
            [CompletionResult]::new('--tail', '--tail', [CompletionResultType]::ParameterName, 'The last N lines of each module')
            [CompletionResult]::new('-s', '-s', [CompletionResultType]::ParameterName, 'Lines since TIME, such as 2h, 06:30 or yesterday')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Lines since TIME, such as 2h, 06:30 or yesterday')
            [CompletionResult]::new('-u', '-u', [CompletionResultType]::ParameterName, 'Lines until TIME, such as 1h, 06:45 or today')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Lines until TIME, such as 1h, 06:45 or today')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'This severity and worse: 0 to 7, or emerg to debug')
            [CompletionResult]::new('--loglevel', '--loglevel', [CompletionResultType]::ParameterName, 'This severity and worse: 0 to 7, or emerg to debug')
            [CompletionResult]::new('-g', '-g', [CompletionResultType]::ParameterName, 'Lines that match a .NET regex')
            [CompletionResult]::new('--regex', '--regex', [CompletionResultType]::ParameterName, 'Lines that match a .NET regex')
            [CompletionResult]::new('--grep', '--grep', [CompletionResultType]::ParameterName, 'Lines that match a .NET regex')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--hub', '--hub', [CompletionResultType]::ParameterName, 'The hub''s host or name [env: EDGELOGS_HUB]')
            [CompletionResult]::new('--local', '--local', [CompletionResultType]::ParameterName, 'Run the device module in this process, without a hub')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--checkpoint', '--checkpoint', [CompletionResultType]::ParameterName, 'Go on where the last run with this folder ended')
            [CompletionResult]::new('--max-run', '--max-run', [CompletionResultType]::ParameterName, 'End cleanly after this long, with what has come by then')
            [CompletionResult]::new('--query', '--query', [CompletionResultType]::ParameterName, 'Devices returned by an IoT Hub query, which must select deviceId')
            [CompletionResult]::new('--devices-from', '--devices-from', [CompletionResultType]::ParameterName, 'Devices in a file, or on stdin with -: ids, or what `edgelogs devices` prints')
            [CompletionResult]::new('--max-devices', '--max-devices', [CompletionResultType]::ParameterName, 'Refuse to call more devices than this, or ask for confirmation on a terminal')
            [CompletionResult]::new('--shard', '--shard', [CompletionResultType]::ParameterName, 'Only part K of N of the selected devices, with K from 0 to N-1')
            [CompletionResult]::new('-j', '-j', [CompletionResultType]::ParameterName, 'Maximum number of concurrent calls')
            [CompletionResult]::new('--concurrency', '--concurrency', [CompletionResultType]::ParameterName, 'Maximum number of concurrent calls')
            [CompletionResult]::new('--rate', '--rate', [CompletionResultType]::ParameterName, 'Maximum calls per second to the hub; 0 is unlimited')
            [CompletionResult]::new('--item', '--item', [CompletionResultType]::ParameterName, 'A module pattern with its own filter, such as: --item edge tail=100')
            [CompletionResult]::new('--exclude', '--exclude', [CompletionResultType]::ParameterName, 'Drop lines whose text matches a regular expression; repeatable')
            [CompletionResult]::new('--loglevel-only', '--loglevel-only', [CompletionResultType]::ParameterName, 'Only this severity: 0 to 7, or emerg to debug')
            [CompletionResult]::new('--level-from', '--level-from', [CompletionResultType]::ParameterName, 'What tells the severity of a line')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file to use; `none` disables it')
            [CompletionResult]::new('--auth', '--auth', [CompletionResultType]::ParameterName, 'How to sign in [default: auto] [env: EDGELOGS_AUTH]')
            [CompletionResult]::new('--connection-string-file', '--connection-string-file', [CompletionResultType]::ParameterName, 'File with the hub''s connection string; - reads stdin')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'File with additional root certificates to trust')
            [CompletionResult]::new('--source-utc-offset', '--source-utc-offset', [CompletionResultType]::ParameterName, 'Offset from UTC of times in files that say none, such as +02:00')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'Retries for calls that are safe to repeat')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long the hub waits for the device''s answer, 5s to 300s')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'How long the hub waits for an offline device to connect, 0s to 300s')
            [CompletionResult]::new('--encoding', '--encoding', [CompletionResultType]::ParameterName, 'Encoding of the logs in transit')
            [CompletionResult]::new('--content-type', '--content-type', [CompletionResultType]::ParameterName, 'Format of the logs in transit [default: json for json output, text otherwise]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print each line as a template says, such as ''{time} {module} {text}''')
            [CompletionResult]::new('--highlight', '--highlight', [CompletionResultType]::ParameterName, 'Mark what matches a regular expression, in colour only; repeatable')
            [CompletionResult]::new('--order', '--order', [CompletionResultType]::ParameterName, 'In which order lines of several sources are printed [default: time]')
            [CompletionResult]::new('--prefix', '--prefix', [CompletionResultType]::ParameterName, 'When to prefix lines with their module; always names the device too')
            [CompletionResult]::new('--json-logs', '--json-logs', [CompletionResultType]::ParameterName, 'How to show JSON lines on a terminal')
            [CompletionResult]::new('--out-dir', '--out-dir', [CompletionResultType]::ParameterName, 'Write each module''s log to DIR/device/module.log, and print the paths')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Keep printing new lines')
            [CompletionResult]::new('--follow', '--follow', [CompletionResultType]::ParameterName, 'Keep printing new lines')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'Wait for another run that uses the checkpoint')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Don''t ask for confirmation, even above the default or the profile''s limit of devices')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Don''t ask for confirmation, even above the default or the profile''s limit of devices')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Ignore case in regular expressions')
            [CompletionResult]::new('--ignore-case', '--ignore-case', [CompletionResultType]::ParameterName, 'Ignore case in regular expressions')
            [CompletionResult]::new('-t', '-t', [CompletionResultType]::ParameterName, 'Begin each line with its time: local on a terminal, UTC otherwise')
            [CompletionResult]::new('--timestamps', '--timestamps', [CompletionResultType]::ParameterName, 'Begin each line with its time: local on a terminal, UTC otherwise')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Overwrite existing files')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Print the first request and send nothing')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times in UTC on a terminal instead of local time')
            break
        }
        'edgelogs;logs' {
            [CompletionResult]::new('-m', '-m', [CompletionResultType]::ParameterName, 'A module by its exact name')
            [CompletionResult]::new('--module', '--module', [CompletionResultType]::ParameterName, 'A module by its exact name')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'An IoT Edge device; repeatable')
            [CompletionResult]::new('--device', '--device', [CompletionResultType]::ParameterName, 'An IoT Edge device; repeatable')
            [CompletionResult]::new('--match', '--match', [CompletionResultType]::ParameterName, 'Edge devices by id, such as ''press-*''; repeatable')
            [CompletionResult]::new('--where', '--where', [CompletionResultType]::ParameterName, 'Edge devices by twin, such as "tags.site = ''oslo''"')
            [CompletionResult]::new('--module-id', '--module-id', [CompletionResultType]::ParameterName, 'The module that answers; quote it if it begins with $')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'The last N lines of each module')
            [CompletionResult]::new('--tail', '--tail', [CompletionResultType]::ParameterName, 'The last N lines of each module')
            [CompletionResult]::new('-s', '-s', [CompletionResultType]::ParameterName, 'Lines since TIME, such as 2h, 06:30 or yesterday')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Lines since TIME, such as 2h, 06:30 or yesterday')
            [CompletionResult]::new('-u', '-u', [CompletionResultType]::ParameterName, 'Lines until TIME, such as 1h, 06:45 or today')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Lines until TIME, such as 1h, 06:45 or today')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'This severity and worse: 0 to 7, or emerg to debug')
            [CompletionResult]::new('--loglevel', '--loglevel', [CompletionResultType]::ParameterName, 'This severity and worse: 0 to 7, or emerg to debug')
            [CompletionResult]::new('-g', '-g', [CompletionResultType]::ParameterName, 'Lines that match a .NET regex')
            [CompletionResult]::new('--regex', '--regex', [CompletionResultType]::ParameterName, 'Lines that match a .NET regex')
            [CompletionResult]::new('--grep', '--grep', [CompletionResultType]::ParameterName, 'Lines that match a .NET regex')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--hub', '--hub', [CompletionResultType]::ParameterName, 'The hub''s host or name [env: EDGELOGS_HUB]')
            [CompletionResult]::new('--local', '--local', [CompletionResultType]::ParameterName, 'Run the device module in this process, without a hub')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--checkpoint', '--checkpoint', [CompletionResultType]::ParameterName, 'Go on where the last run with this folder ended')
            [CompletionResult]::new('--max-run', '--max-run', [CompletionResultType]::ParameterName, 'End cleanly after this long, with what has come by then')
            [CompletionResult]::new('--query', '--query', [CompletionResultType]::ParameterName, 'Devices returned by an IoT Hub query, which must select deviceId')
            [CompletionResult]::new('--devices-from', '--devices-from', [CompletionResultType]::ParameterName, 'Devices in a file, or on stdin with -: ids, or what `edgelogs devices` prints')
            [CompletionResult]::new('--max-devices', '--max-devices', [CompletionResultType]::ParameterName, 'Refuse to call more devices than this, or ask for confirmation on a terminal')
            [CompletionResult]::new('--shard', '--shard', [CompletionResultType]::ParameterName, 'Only part K of N of the selected devices, with K from 0 to N-1')
            [CompletionResult]::new('-j', '-j', [CompletionResultType]::ParameterName, 'Maximum number of concurrent calls')
            [CompletionResult]::new('--concurrency', '--concurrency', [CompletionResultType]::ParameterName, 'Maximum number of concurrent calls')
            [CompletionResult]::new('--rate', '--rate', [CompletionResultType]::ParameterName, 'Maximum calls per second to the hub; 0 is unlimited')
            [CompletionResult]::new('--item', '--item', [CompletionResultType]::ParameterName, 'A module pattern with its own filter, such as: --item edge tail=100')
            [CompletionResult]::new('--exclude', '--exclude', [CompletionResultType]::ParameterName, 'Drop lines whose text matches a regular expression; repeatable')
            [CompletionResult]::new('--loglevel-only', '--loglevel-only', [CompletionResultType]::ParameterName, 'Only this severity: 0 to 7, or emerg to debug')
            [CompletionResult]::new('--level-from', '--level-from', [CompletionResultType]::ParameterName, 'What tells the severity of a line')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file to use; `none` disables it')
            [CompletionResult]::new('--auth', '--auth', [CompletionResultType]::ParameterName, 'How to sign in [default: auto] [env: EDGELOGS_AUTH]')
            [CompletionResult]::new('--connection-string-file', '--connection-string-file', [CompletionResultType]::ParameterName, 'File with the hub''s connection string; - reads stdin')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'File with additional root certificates to trust')
            [CompletionResult]::new('--source-utc-offset', '--source-utc-offset', [CompletionResultType]::ParameterName, 'Offset from UTC of times in files that say none, such as +02:00')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'Retries for calls that are safe to repeat')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long the hub waits for the device''s answer, 5s to 300s')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'How long the hub waits for an offline device to connect, 0s to 300s')
            [CompletionResult]::new('--encoding', '--encoding', [CompletionResultType]::ParameterName, 'Encoding of the logs in transit')
            [CompletionResult]::new('--content-type', '--content-type', [CompletionResultType]::ParameterName, 'Format of the logs in transit [default: json for json output, text otherwise]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print each line as a template says, such as ''{time} {module} {text}''')
            [CompletionResult]::new('--highlight', '--highlight', [CompletionResultType]::ParameterName, 'Mark what matches a regular expression, in colour only; repeatable')
            [CompletionResult]::new('--order', '--order', [CompletionResultType]::ParameterName, 'In which order lines of several sources are printed [default: time]')
            [CompletionResult]::new('--prefix', '--prefix', [CompletionResultType]::ParameterName, 'When to prefix lines with their module; always names the device too')
            [CompletionResult]::new('--json-logs', '--json-logs', [CompletionResultType]::ParameterName, 'How to show JSON lines on a terminal')
            [CompletionResult]::new('--out-dir', '--out-dir', [CompletionResultType]::ParameterName, 'Write each module''s log to DIR/device/module.log, and print the paths')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Keep printing new lines')
            [CompletionResult]::new('--follow', '--follow', [CompletionResultType]::ParameterName, 'Keep printing new lines')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'Wait for another run that uses the checkpoint')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Don''t ask for confirmation, even above the default or the profile''s limit of devices')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Don''t ask for confirmation, even above the default or the profile''s limit of devices')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Ignore case in regular expressions')
            [CompletionResult]::new('--ignore-case', '--ignore-case', [CompletionResultType]::ParameterName, 'Ignore case in regular expressions')
            [CompletionResult]::new('-t', '-t', [CompletionResultType]::ParameterName, 'Begin each line with its time: local on a terminal, UTC otherwise')
            [CompletionResult]::new('--timestamps', '--timestamps', [CompletionResultType]::ParameterName, 'Begin each line with its time: local on a terminal, UTC otherwise')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Overwrite existing files')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Print the first request and send nothing')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times in UTC on a terminal instead of local time')
            break
        }
        'edgelogs;upload' {
            [CompletionResult]::new('-m', '-m', [CompletionResultType]::ParameterName, 'A module by its exact name')
            [CompletionResult]::new('--module', '--module', [CompletionResultType]::ParameterName, 'A module by its exact name')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'An IoT Edge device; repeatable')
            [CompletionResult]::new('--device', '--device', [CompletionResultType]::ParameterName, 'An IoT Edge device; repeatable')
            [CompletionResult]::new('--match', '--match', [CompletionResultType]::ParameterName, 'Edge devices by id, such as ''press-*''; repeatable')
            [CompletionResult]::new('--where', '--where', [CompletionResultType]::ParameterName, 'Edge devices by twin, such as "tags.site = ''oslo''"')
            [CompletionResult]::new('--module-id', '--module-id', [CompletionResultType]::ParameterName, 'The module that answers; quote it if it begins with $')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'The last N lines of each module')
            [CompletionResult]::new('--tail', '--tail', [CompletionResultType]::ParameterName, 'The last N lines of each module')
            [CompletionResult]::new('-s', '-s', [CompletionResultType]::ParameterName, 'Lines since TIME, such as 2h, 06:30 or yesterday')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Lines since TIME, such as 2h, 06:30 or yesterday')
            [CompletionResult]::new('-u', '-u', [CompletionResultType]::ParameterName, 'Lines until TIME, such as 1h, 06:45 or today')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Lines until TIME, such as 1h, 06:45 or today')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'This severity and worse: 0 to 7, or emerg to debug')
            [CompletionResult]::new('--loglevel', '--loglevel', [CompletionResultType]::ParameterName, 'This severity and worse: 0 to 7, or emerg to debug')
            [CompletionResult]::new('-g', '-g', [CompletionResultType]::ParameterName, 'Lines that match a .NET regex')
            [CompletionResult]::new('--regex', '--regex', [CompletionResultType]::ParameterName, 'Lines that match a .NET regex')
            [CompletionResult]::new('--grep', '--grep', [CompletionResultType]::ParameterName, 'Lines that match a .NET regex')
            [CompletionResult]::new('--sas', '--sas', [CompletionResultType]::ParameterName, 'SAS URL of the container, @FILE to read it from a file, or - for stdin')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--hub', '--hub', [CompletionResultType]::ParameterName, 'The hub''s host or name [env: EDGELOGS_HUB]')
            [CompletionResult]::new('--local', '--local', [CompletionResultType]::ParameterName, 'Run the device module in this process, without a hub')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--download', '--download', [CompletionResultType]::ParameterName, 'Wait, then fetch the blobs into DIR/device/')
            [CompletionResult]::new('--wait-timeout', '--wait-timeout', [CompletionResultType]::ParameterName, 'Give up waiting after this long; the task keeps running')
            [CompletionResult]::new('--interval', '--interval', [CompletionResultType]::ParameterName, 'How often to poll the task')
            [CompletionResult]::new('--query', '--query', [CompletionResultType]::ParameterName, 'Devices returned by an IoT Hub query, which must select deviceId')
            [CompletionResult]::new('--devices-from', '--devices-from', [CompletionResultType]::ParameterName, 'Devices in a file, or on stdin with -: ids, or what `edgelogs devices` prints')
            [CompletionResult]::new('--max-devices', '--max-devices', [CompletionResultType]::ParameterName, 'Refuse to call more devices than this, or ask for confirmation on a terminal')
            [CompletionResult]::new('--shard', '--shard', [CompletionResultType]::ParameterName, 'Only part K of N of the selected devices, with K from 0 to N-1')
            [CompletionResult]::new('-j', '-j', [CompletionResultType]::ParameterName, 'Maximum number of concurrent calls')
            [CompletionResult]::new('--concurrency', '--concurrency', [CompletionResultType]::ParameterName, 'Maximum number of concurrent calls')
            [CompletionResult]::new('--rate', '--rate', [CompletionResultType]::ParameterName, 'Maximum calls per second to the hub; 0 is unlimited')
            [CompletionResult]::new('--item', '--item', [CompletionResultType]::ParameterName, 'A module pattern with its own filter, such as: --item edge tail=100')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file to use; `none` disables it')
            [CompletionResult]::new('--auth', '--auth', [CompletionResultType]::ParameterName, 'How to sign in [default: auto] [env: EDGELOGS_AUTH]')
            [CompletionResult]::new('--connection-string-file', '--connection-string-file', [CompletionResultType]::ParameterName, 'File with the hub''s connection string; - reads stdin')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'File with additional root certificates to trust')
            [CompletionResult]::new('--source-utc-offset', '--source-utc-offset', [CompletionResultType]::ParameterName, 'Offset from UTC of times in files that say none, such as +02:00')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'Retries for calls that are safe to repeat')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long the hub waits for the device''s answer, 5s to 300s')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'How long the hub waits for an offline device to connect, 0s to 300s')
            [CompletionResult]::new('--encoding', '--encoding', [CompletionResultType]::ParameterName, 'Compression of the blobs')
            [CompletionResult]::new('--content-type', '--content-type', [CompletionResultType]::ParameterName, 'Format of the logs in the blobs')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait for the task to end (the default)')
            [CompletionResult]::new('--no-wait', '--no-wait', [CompletionResultType]::ParameterName, 'Print the correlation id and don''t wait')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Don''t ask for confirmation, even above the default or the profile''s limit of devices')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Don''t ask for confirmation, even above the default or the profile''s limit of devices')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Ignore case in regular expressions')
            [CompletionResult]::new('--ignore-case', '--ignore-case', [CompletionResultType]::ParameterName, 'Ignore case in regular expressions')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Overwrite existing files; without it, new files are written beside them')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Print the request and send nothing')
            [CompletionResult]::new('--decompress', '--decompress', [CompletionResultType]::ParameterName, 'Decompress downloaded files: NAME.log instead of NAME.log.gz')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times in UTC on a terminal instead of local time')
            break
        }
        'edgelogs;bundle' {
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'An IoT Edge device; repeatable')
            [CompletionResult]::new('--device', '--device', [CompletionResultType]::ParameterName, 'An IoT Edge device; repeatable')
            [CompletionResult]::new('--match', '--match', [CompletionResultType]::ParameterName, 'Edge devices by id, such as ''press-*''; repeatable')
            [CompletionResult]::new('--where', '--where', [CompletionResultType]::ParameterName, 'Edge devices by twin, such as "tags.site = ''oslo''"')
            [CompletionResult]::new('--module-id', '--module-id', [CompletionResultType]::ParameterName, 'The module that answers; quote it if it begins with $')
            [CompletionResult]::new('-s', '-s', [CompletionResultType]::ParameterName, 'Logs since TIME, such as 2h, 06:30 or yesterday')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Logs since TIME, such as 2h, 06:30 or yesterday')
            [CompletionResult]::new('-u', '-u', [CompletionResultType]::ParameterName, 'Logs until TIME, such as 1h, 06:45 or today')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Logs until TIME, such as 1h, 06:45 or today')
            [CompletionResult]::new('--sas', '--sas', [CompletionResultType]::ParameterName, 'SAS URL of the container, @FILE to read it from a file, or - for stdin')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--hub', '--hub', [CompletionResultType]::ParameterName, 'The hub''s host or name [env: EDGELOGS_HUB]')
            [CompletionResult]::new('--local', '--local', [CompletionResultType]::ParameterName, 'Run the device module in this process, without a hub')
            [CompletionResult]::new('--out', '--out', [CompletionResultType]::ParameterName, 'Pack the bundle on this machine instead, without Blob Storage')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--download', '--download', [CompletionResultType]::ParameterName, 'Wait, then fetch the blobs into DIR/device/')
            [CompletionResult]::new('--wait-timeout', '--wait-timeout', [CompletionResultType]::ParameterName, 'Give up waiting after this long; the task keeps running')
            [CompletionResult]::new('--interval', '--interval', [CompletionResultType]::ParameterName, 'How often to poll the task')
            [CompletionResult]::new('--query', '--query', [CompletionResultType]::ParameterName, 'Devices returned by an IoT Hub query, which must select deviceId')
            [CompletionResult]::new('--devices-from', '--devices-from', [CompletionResultType]::ParameterName, 'Devices in a file, or on stdin with -: ids, or what `edgelogs devices` prints')
            [CompletionResult]::new('--max-devices', '--max-devices', [CompletionResultType]::ParameterName, 'Refuse to call more devices than this, or ask for confirmation on a terminal')
            [CompletionResult]::new('--shard', '--shard', [CompletionResultType]::ParameterName, 'Only part K of N of the selected devices, with K from 0 to N-1')
            [CompletionResult]::new('-j', '-j', [CompletionResultType]::ParameterName, 'Maximum number of concurrent calls')
            [CompletionResult]::new('--concurrency', '--concurrency', [CompletionResultType]::ParameterName, 'Maximum number of concurrent calls')
            [CompletionResult]::new('--rate', '--rate', [CompletionResultType]::ParameterName, 'Maximum calls per second to the hub; 0 is unlimited')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file to use; `none` disables it')
            [CompletionResult]::new('--auth', '--auth', [CompletionResultType]::ParameterName, 'How to sign in [default: auto] [env: EDGELOGS_AUTH]')
            [CompletionResult]::new('--connection-string-file', '--connection-string-file', [CompletionResultType]::ParameterName, 'File with the hub''s connection string; - reads stdin')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'File with additional root certificates to trust')
            [CompletionResult]::new('--source-utc-offset', '--source-utc-offset', [CompletionResultType]::ParameterName, 'Offset from UTC of times in files that say none, such as +02:00')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'Retries for calls that are safe to repeat')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long the hub waits for the device''s answer, 5s to 300s')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'How long the hub waits for an offline device to connect, 0s to 300s')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait for the task to end (the default)')
            [CompletionResult]::new('--no-wait', '--no-wait', [CompletionResultType]::ParameterName, 'Print the correlation id and don''t wait')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Don''t ask for confirmation, even above the default or the profile''s limit of devices')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Don''t ask for confirmation, even above the default or the profile''s limit of devices')
            [CompletionResult]::new('--edge-runtime-only', '--edge-runtime-only', [CompletionResultType]::ParameterName, 'Only edgeAgent, edgeHub and the security daemon')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Overwrite existing files; without it, new files are written beside them')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Print the request and send nothing')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times in UTC on a terminal instead of local time')
            break
        }
        'edgelogs;status' {
            [CompletionResult]::new('--last', '--last', [CompletionResultType]::ParameterName, 'The last N tasks of this machine [default: 1]')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'The device that runs the task')
            [CompletionResult]::new('--device', '--device', [CompletionResultType]::ParameterName, 'The device that runs the task')
            [CompletionResult]::new('--module-id', '--module-id', [CompletionResultType]::ParameterName, 'The module that answers; quote it if it begins with $')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--hub', '--hub', [CompletionResultType]::ParameterName, 'The hub''s host or name [env: EDGELOGS_HUB]')
            [CompletionResult]::new('--local', '--local', [CompletionResultType]::ParameterName, 'Run the device module in this process, without a hub')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--wait-timeout', '--wait-timeout', [CompletionResultType]::ParameterName, 'Give up waiting after this long; the task keeps running')
            [CompletionResult]::new('--interval', '--interval', [CompletionResultType]::ParameterName, 'How often to poll the task')
            [CompletionResult]::new('-j', '-j', [CompletionResultType]::ParameterName, 'Maximum number of concurrent calls')
            [CompletionResult]::new('--concurrency', '--concurrency', [CompletionResultType]::ParameterName, 'Maximum number of concurrent calls')
            [CompletionResult]::new('--rate', '--rate', [CompletionResultType]::ParameterName, 'Maximum calls per second to the hub; 0 is unlimited')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file to use; `none` disables it')
            [CompletionResult]::new('--auth', '--auth', [CompletionResultType]::ParameterName, 'How to sign in [default: auto] [env: EDGELOGS_AUTH]')
            [CompletionResult]::new('--connection-string-file', '--connection-string-file', [CompletionResultType]::ParameterName, 'File with the hub''s connection string; - reads stdin')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'File with additional root certificates to trust')
            [CompletionResult]::new('--source-utc-offset', '--source-utc-offset', [CompletionResultType]::ParameterName, 'Offset from UTC of times in files that say none, such as +02:00')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'Retries for calls that are safe to repeat')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long the hub waits for the device''s answer, 5s to 300s')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'How long the hub waits for an offline device to connect, 0s to 300s')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait for the task to end')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Print the request and send nothing')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times in UTC on a terminal instead of local time')
            break
        }
        'edgelogs;devices' {
            [CompletionResult]::new('--where', '--where', [CompletionResultType]::ParameterName, 'Only edge devices whose twin meets a condition, such as "tags.site = ''oslo''"')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--hub', '--hub', [CompletionResultType]::ParameterName, 'The hub''s host or name [env: EDGELOGS_HUB]')
            [CompletionResult]::new('--local', '--local', [CompletionResultType]::ParameterName, 'Run the device module in this process, without a hub')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--query', '--query', [CompletionResultType]::ParameterName, 'Devices returned by an IoT Hub query, which must select deviceId')
            [CompletionResult]::new('-j', '-j', [CompletionResultType]::ParameterName, 'Maximum number of concurrent calls')
            [CompletionResult]::new('--concurrency', '--concurrency', [CompletionResultType]::ParameterName, 'Maximum number of concurrent calls')
            [CompletionResult]::new('--rate', '--rate', [CompletionResultType]::ParameterName, 'Maximum calls per second to the hub; 0 is unlimited')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file to use; `none` disables it')
            [CompletionResult]::new('--auth', '--auth', [CompletionResultType]::ParameterName, 'How to sign in [default: auto] [env: EDGELOGS_AUTH]')
            [CompletionResult]::new('--connection-string-file', '--connection-string-file', [CompletionResultType]::ParameterName, 'File with the hub''s connection string; - reads stdin')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'File with additional root certificates to trust')
            [CompletionResult]::new('--source-utc-offset', '--source-utc-offset', [CompletionResultType]::ParameterName, 'Offset from UTC of times in files that say none, such as +02:00')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'Retries for calls that are safe to repeat')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times in UTC on a terminal instead of local time')
            break
        }
        'edgelogs;modules' {
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'An IoT Edge device; repeatable')
            [CompletionResult]::new('--device', '--device', [CompletionResultType]::ParameterName, 'An IoT Edge device; repeatable')
            [CompletionResult]::new('--match', '--match', [CompletionResultType]::ParameterName, 'Edge devices by id, such as ''press-*''; repeatable')
            [CompletionResult]::new('--where', '--where', [CompletionResultType]::ParameterName, 'Edge devices by twin, such as "tags.site = ''oslo''"')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--hub', '--hub', [CompletionResultType]::ParameterName, 'The hub''s host or name [env: EDGELOGS_HUB]')
            [CompletionResult]::new('--local', '--local', [CompletionResultType]::ParameterName, 'Run the device module in this process, without a hub')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--query', '--query', [CompletionResultType]::ParameterName, 'Devices returned by an IoT Hub query, which must select deviceId')
            [CompletionResult]::new('--devices-from', '--devices-from', [CompletionResultType]::ParameterName, 'Devices in a file, or on stdin with -: ids, or what `edgelogs devices` prints')
            [CompletionResult]::new('--max-devices', '--max-devices', [CompletionResultType]::ParameterName, 'Refuse to call more devices than this, or ask for confirmation on a terminal')
            [CompletionResult]::new('--shard', '--shard', [CompletionResultType]::ParameterName, 'Only part K of N of the selected devices, with K from 0 to N-1')
            [CompletionResult]::new('-j', '-j', [CompletionResultType]::ParameterName, 'Maximum number of concurrent calls')
            [CompletionResult]::new('--concurrency', '--concurrency', [CompletionResultType]::ParameterName, 'Maximum number of concurrent calls')
            [CompletionResult]::new('--rate', '--rate', [CompletionResultType]::ParameterName, 'Maximum calls per second to the hub; 0 is unlimited')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file to use; `none` disables it')
            [CompletionResult]::new('--auth', '--auth', [CompletionResultType]::ParameterName, 'How to sign in [default: auto] [env: EDGELOGS_AUTH]')
            [CompletionResult]::new('--connection-string-file', '--connection-string-file', [CompletionResultType]::ParameterName, 'File with the hub''s connection string; - reads stdin')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'File with additional root certificates to trust')
            [CompletionResult]::new('--source-utc-offset', '--source-utc-offset', [CompletionResultType]::ParameterName, 'Offset from UTC of times in files that say none, such as +02:00')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'Retries for calls that are safe to repeat')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Don''t ask for confirmation, even above the default or the profile''s limit of devices')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Don''t ask for confirmation, even above the default or the profile''s limit of devices')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times in UTC on a terminal instead of local time')
            break
        }
        'edgelogs;ping' {
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'An IoT Edge device; repeatable')
            [CompletionResult]::new('--device', '--device', [CompletionResultType]::ParameterName, 'An IoT Edge device; repeatable')
            [CompletionResult]::new('--match', '--match', [CompletionResultType]::ParameterName, 'Edge devices by id, such as ''press-*''; repeatable')
            [CompletionResult]::new('--where', '--where', [CompletionResultType]::ParameterName, 'Edge devices by twin, such as "tags.site = ''oslo''"')
            [CompletionResult]::new('--module-id', '--module-id', [CompletionResultType]::ParameterName, 'The module that answers; quote it if it begins with $')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--hub', '--hub', [CompletionResultType]::ParameterName, 'The hub''s host or name [env: EDGELOGS_HUB]')
            [CompletionResult]::new('--local', '--local', [CompletionResultType]::ParameterName, 'Run the device module in this process, without a hub')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--query', '--query', [CompletionResultType]::ParameterName, 'Devices returned by an IoT Hub query, which must select deviceId')
            [CompletionResult]::new('--devices-from', '--devices-from', [CompletionResultType]::ParameterName, 'Devices in a file, or on stdin with -: ids, or what `edgelogs devices` prints')
            [CompletionResult]::new('--max-devices', '--max-devices', [CompletionResultType]::ParameterName, 'Refuse to call more devices than this, or ask for confirmation on a terminal')
            [CompletionResult]::new('--shard', '--shard', [CompletionResultType]::ParameterName, 'Only part K of N of the selected devices, with K from 0 to N-1')
            [CompletionResult]::new('-j', '-j', [CompletionResultType]::ParameterName, 'Maximum number of concurrent calls')
            [CompletionResult]::new('--concurrency', '--concurrency', [CompletionResultType]::ParameterName, 'Maximum number of concurrent calls')
            [CompletionResult]::new('--rate', '--rate', [CompletionResultType]::ParameterName, 'Maximum calls per second to the hub; 0 is unlimited')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file to use; `none` disables it')
            [CompletionResult]::new('--auth', '--auth', [CompletionResultType]::ParameterName, 'How to sign in [default: auto] [env: EDGELOGS_AUTH]')
            [CompletionResult]::new('--connection-string-file', '--connection-string-file', [CompletionResultType]::ParameterName, 'File with the hub''s connection string; - reads stdin')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'File with additional root certificates to trust')
            [CompletionResult]::new('--source-utc-offset', '--source-utc-offset', [CompletionResultType]::ParameterName, 'Offset from UTC of times in files that say none, such as +02:00')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'Retries for calls that are safe to repeat')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long the hub waits for the device''s answer, 5s to 300s')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'How long the hub waits for an offline device to connect, 0s to 300s')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Don''t ask for confirmation, even above the default or the profile''s limit of devices')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Don''t ask for confirmation, even above the default or the profile''s limit of devices')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Print the request and send nothing')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times in UTC on a terminal instead of local time')
            break
        }
        'edgelogs;restart' {
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'An IoT Edge device; repeatable')
            [CompletionResult]::new('--device', '--device', [CompletionResultType]::ParameterName, 'An IoT Edge device; repeatable')
            [CompletionResult]::new('--match', '--match', [CompletionResultType]::ParameterName, 'Edge devices by id, such as ''press-*''; repeatable')
            [CompletionResult]::new('--where', '--where', [CompletionResultType]::ParameterName, 'Edge devices by twin, such as "tags.site = ''oslo''"')
            [CompletionResult]::new('--module-id', '--module-id', [CompletionResultType]::ParameterName, 'The module that answers; quote it if it begins with $')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--hub', '--hub', [CompletionResultType]::ParameterName, 'The hub''s host or name [env: EDGELOGS_HUB]')
            [CompletionResult]::new('--local', '--local', [CompletionResultType]::ParameterName, 'Run the device module in this process, without a hub')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--query', '--query', [CompletionResultType]::ParameterName, 'Devices returned by an IoT Hub query, which must select deviceId')
            [CompletionResult]::new('--devices-from', '--devices-from', [CompletionResultType]::ParameterName, 'Devices in a file, or on stdin with -: ids, or what `edgelogs devices` prints')
            [CompletionResult]::new('--max-devices', '--max-devices', [CompletionResultType]::ParameterName, 'Refuse to call more devices than this, or ask for confirmation on a terminal')
            [CompletionResult]::new('--shard', '--shard', [CompletionResultType]::ParameterName, 'Only part K of N of the selected devices, with K from 0 to N-1')
            [CompletionResult]::new('-j', '-j', [CompletionResultType]::ParameterName, 'Maximum number of concurrent calls')
            [CompletionResult]::new('--concurrency', '--concurrency', [CompletionResultType]::ParameterName, 'Maximum number of concurrent calls')
            [CompletionResult]::new('--rate', '--rate', [CompletionResultType]::ParameterName, 'Maximum calls per second to the hub; 0 is unlimited')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file to use; `none` disables it')
            [CompletionResult]::new('--auth', '--auth', [CompletionResultType]::ParameterName, 'How to sign in [default: auto] [env: EDGELOGS_AUTH]')
            [CompletionResult]::new('--connection-string-file', '--connection-string-file', [CompletionResultType]::ParameterName, 'File with the hub''s connection string; - reads stdin')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'File with additional root certificates to trust')
            [CompletionResult]::new('--source-utc-offset', '--source-utc-offset', [CompletionResultType]::ParameterName, 'Offset from UTC of times in files that say none, such as +02:00')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'Retries for calls that are safe to repeat')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long the hub waits for the device''s answer, 5s to 300s')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'How long the hub waits for an offline device to connect, 0s to 300s')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Don''t ask for confirmation, even above the default or the profile''s limit of devices')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Don''t ask for confirmation, even above the default or the profile''s limit of devices')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Print the request and send nothing')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times in UTC on a terminal instead of local time')
            break
        }
        'edgelogs;invoke' {
            [CompletionResult]::new('--module-id', '--module-id', [CompletionResultType]::ParameterName, 'The module that answers; quote it if it begins with $')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'An IoT Edge device; repeatable')
            [CompletionResult]::new('--device', '--device', [CompletionResultType]::ParameterName, 'An IoT Edge device; repeatable')
            [CompletionResult]::new('--match', '--match', [CompletionResultType]::ParameterName, 'Edge devices by id, such as ''press-*''; repeatable')
            [CompletionResult]::new('--where', '--where', [CompletionResultType]::ParameterName, 'Edge devices by twin, such as "tags.site = ''oslo''"')
            [CompletionResult]::new('--payload', '--payload', [CompletionResultType]::ParameterName, 'The payload: JSON, @FILE to read it from a file, or - for stdin')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--hub', '--hub', [CompletionResultType]::ParameterName, 'The hub''s host or name [env: EDGELOGS_HUB]')
            [CompletionResult]::new('--local', '--local', [CompletionResultType]::ParameterName, 'Run the device module in this process, without a hub')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--query', '--query', [CompletionResultType]::ParameterName, 'Devices returned by an IoT Hub query, which must select deviceId')
            [CompletionResult]::new('--devices-from', '--devices-from', [CompletionResultType]::ParameterName, 'Devices in a file, or on stdin with -: ids, or what `edgelogs devices` prints')
            [CompletionResult]::new('--max-devices', '--max-devices', [CompletionResultType]::ParameterName, 'Refuse to call more devices than this, or ask for confirmation on a terminal')
            [CompletionResult]::new('--shard', '--shard', [CompletionResultType]::ParameterName, 'Only part K of N of the selected devices, with K from 0 to N-1')
            [CompletionResult]::new('-j', '-j', [CompletionResultType]::ParameterName, 'Maximum number of concurrent calls')
            [CompletionResult]::new('--concurrency', '--concurrency', [CompletionResultType]::ParameterName, 'Maximum number of concurrent calls')
            [CompletionResult]::new('--rate', '--rate', [CompletionResultType]::ParameterName, 'Maximum calls per second to the hub; 0 is unlimited')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file to use; `none` disables it')
            [CompletionResult]::new('--auth', '--auth', [CompletionResultType]::ParameterName, 'How to sign in [default: auto] [env: EDGELOGS_AUTH]')
            [CompletionResult]::new('--connection-string-file', '--connection-string-file', [CompletionResultType]::ParameterName, 'File with the hub''s connection string; - reads stdin')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'File with additional root certificates to trust')
            [CompletionResult]::new('--source-utc-offset', '--source-utc-offset', [CompletionResultType]::ParameterName, 'Offset from UTC of times in files that say none, such as +02:00')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'Retries for calls that are safe to repeat')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long the hub waits for the device''s answer, 5s to 300s')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'How long the hub waits for an offline device to connect, 0s to 300s')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Don''t ask for confirmation, even above the default or the profile''s limit of devices')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Don''t ask for confirmation, even above the default or the profile''s limit of devices')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Print the request and send nothing')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times in UTC on a terminal instead of local time')
            break
        }
        'edgelogs;checkpoint' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file to use; `none` disables it')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times in UTC on a terminal instead of local time')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'List the logs of a checkpoint, with the time of the last line that was printed')
            [CompletionResult]::new('reset', 'reset', [CompletionResultType]::ParameterValue, 'Forget where logs stand, so that the next run reads them from --since or from their first line')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'edgelogs;checkpoint;show' {
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'Only the logs of a device; repeatable')
            [CompletionResult]::new('--device', '--device', [CompletionResultType]::ParameterName, 'Only the logs of a device; repeatable')
            [CompletionResult]::new('-m', '-m', [CompletionResultType]::ParameterName, 'Only the logs of a module, by its exact name; repeatable')
            [CompletionResult]::new('--module', '--module', [CompletionResultType]::ParameterName, 'Only the logs of a module, by its exact name; repeatable')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file to use; `none` disables it')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times in UTC on a terminal instead of local time')
            break
        }
        'edgelogs;checkpoint;reset' {
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'Only the logs of a device; repeatable')
            [CompletionResult]::new('--device', '--device', [CompletionResultType]::ParameterName, 'Only the logs of a device; repeatable')
            [CompletionResult]::new('-m', '-m', [CompletionResultType]::ParameterName, 'Only the logs of a module, by its exact name; repeatable')
            [CompletionResult]::new('--module', '--module', [CompletionResultType]::ParameterName, 'Only the logs of a module, by its exact name; repeatable')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file to use; `none` disables it')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'Wait for a run that uses the checkpoint')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times in UTC on a terminal instead of local time')
            break
        }
        'edgelogs;checkpoint;help' {
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'List the logs of a checkpoint, with the time of the last line that was printed')
            [CompletionResult]::new('reset', 'reset', [CompletionResultType]::ParameterValue, 'Forget where logs stand, so that the next run reads them from --since or from their first line')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'edgelogs;checkpoint;help;show' {
            break
        }
        'edgelogs;checkpoint;help;reset' {
            break
        }
        'edgelogs;checkpoint;help;help' {
            break
        }
        'edgelogs;completions' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file to use; `none` disables it')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--dynamic', '--dynamic', [CompletionResultType]::ParameterName, 'Also complete the names of devices, modules and profiles')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times in UTC on a terminal instead of local time')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            break
        }
        'edgelogs;config' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file to use; `none` disables it')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times in UTC on a terminal instead of local time')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            [CompletionResult]::new('init', 'init', [CompletionResultType]::ParameterValue, 'Create the settings file, or add a profile to it')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show every setting with its value and origin')
            [CompletionResult]::new('path', 'path', [CompletionResultType]::ParameterValue, 'Print the path of the settings file, even if it doesn''t exist yet')
            [CompletionResult]::new('use', 'use', [CompletionResultType]::ParameterValue, 'Set the default profile')
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Change settings of a profile')
            [CompletionResult]::new('unset', 'unset', [CompletionResultType]::ParameterValue, 'Remove settings from a profile')
            [CompletionResult]::new('edit', 'edit', [CompletionResultType]::ParameterValue, 'Open the settings file in an editor, then check it')
            [CompletionResult]::new('profiles', 'profiles', [CompletionResultType]::ParameterValue, 'List the profiles')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'edgelogs;config;init' {
            [CompletionResult]::new('--hub', '--hub', [CompletionResultType]::ParameterName, 'Hub to sign in to with Entra ID')
            [CompletionResult]::new('--connection-string-command', '--connection-string-command', [CompletionResultType]::ParameterName, 'Command that prints the hub''s connection string')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'Default device; repeatable')
            [CompletionResult]::new('--device', '--device', [CompletionResultType]::ParameterName, 'Default device; repeatable')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'Any other setting, by the name of its flag; repeatable')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--auth', '--auth', [CompletionResultType]::ParameterName, 'How to sign in: auto, sas or entra')
            [CompletionResult]::new('--connection-string-file', '--connection-string-file', [CompletionResultType]::ParameterName, 'File with the hub''s connection string')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file to use; `none` disables it')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Replace the profile if it exists')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times in UTC on a terminal instead of local time')
            break
        }
        'edgelogs;config;show' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file to use; `none` disables it')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times in UTC on a terminal instead of local time')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            break
        }
        'edgelogs;config;path' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file to use; `none` disables it')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times in UTC on a terminal instead of local time')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            break
        }
        'edgelogs;config;use' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file to use; `none` disables it')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times in UTC on a terminal instead of local time')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            break
        }
        'edgelogs;config;set' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file to use; `none` disables it')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--all-profiles', '--all-profiles', [CompletionResultType]::ParameterName, 'Set it for all profiles that don''t set it themselves')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times in UTC on a terminal instead of local time')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            break
        }
        'edgelogs;config;unset' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file to use; `none` disables it')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--all-profiles', '--all-profiles', [CompletionResultType]::ParameterName, 'Remove it from the part of the file for all profiles')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times in UTC on a terminal instead of local time')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            break
        }
        'edgelogs;config;edit' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file to use; `none` disables it')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times in UTC on a terminal instead of local time')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            break
        }
        'edgelogs;config;profiles' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file to use; `none` disables it')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times in UTC on a terminal instead of local time')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            break
        }
        'edgelogs;config;help' {
            [CompletionResult]::new('init', 'init', [CompletionResultType]::ParameterValue, 'Create the settings file, or add a profile to it')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show every setting with its value and origin')
            [CompletionResult]::new('path', 'path', [CompletionResultType]::ParameterValue, 'Print the path of the settings file, even if it doesn''t exist yet')
            [CompletionResult]::new('use', 'use', [CompletionResultType]::ParameterValue, 'Set the default profile')
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Change settings of a profile')
            [CompletionResult]::new('unset', 'unset', [CompletionResultType]::ParameterValue, 'Remove settings from a profile')
            [CompletionResult]::new('edit', 'edit', [CompletionResultType]::ParameterValue, 'Open the settings file in an editor, then check it')
            [CompletionResult]::new('profiles', 'profiles', [CompletionResultType]::ParameterValue, 'List the profiles')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'edgelogs;config;help;init' {
            break
        }
        'edgelogs;config;help;show' {
            break
        }
        'edgelogs;config;help;path' {
            break
        }
        'edgelogs;config;help;use' {
            break
        }
        'edgelogs;config;help;set' {
            break
        }
        'edgelogs;config;help;unset' {
            break
        }
        'edgelogs;config;help;edit' {
            break
        }
        'edgelogs;config;help;profiles' {
            break
        }
        'edgelogs;config;help;help' {
            break
        }
        'edgelogs;sas' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file to use; `none` disables it')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times in UTC on a terminal instead of local time')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Explain a SAS URL and what it can be used for')
            [CompletionResult]::new('new', 'new', [CompletionResultType]::ParameterValue, 'Create a SAS URL for a container')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'edgelogs;sas;check' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file to use; `none` disables it')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times in UTC on a terminal instead of local time')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            break
        }
        'edgelogs;sas;new' {
            [CompletionResult]::new('--container', '--container', [CompletionResultType]::ParameterName, 'Container that devices write to')
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'Storage account, if no connection string names it')
            [CompletionResult]::new('--account-key-file', '--account-key-file', [CompletionResultType]::ParameterName, 'File with the account''s key; - reads stdin')
            [CompletionResult]::new('--blob-endpoint', '--blob-endpoint', [CompletionResultType]::ParameterName, 'Blob endpoint of the account, if not at core.windows.net')
            [CompletionResult]::new('--storage-connection-string-file', '--storage-connection-string-file', [CompletionResultType]::ParameterName, 'File with the storage account''s connection string; - reads stdin')
            [CompletionResult]::new('--expiry', '--expiry', [CompletionResultType]::ParameterName, 'How long the URL is valid, 5m to 7d')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'File with additional root certificates to trust')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file to use; `none` disables it')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--entra', '--entra', [CompletionResultType]::ParameterName, 'Sign with your Entra ID identity instead of an account key')
            [CompletionResult]::new('--download', '--download', [CompletionResultType]::ParameterName, 'Also grant read and list, which `upload --download` needs')
            [CompletionResult]::new('--no-overwrite', '--no-overwrite', [CompletionResultType]::ParameterName, 'Don''t grant write, so that nothing in the container can be overwritten')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times in UTC on a terminal instead of local time')
            break
        }
        'edgelogs;sas;help' {
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Explain a SAS URL and what it can be used for')
            [CompletionResult]::new('new', 'new', [CompletionResultType]::ParameterValue, 'Create a SAS URL for a container')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'edgelogs;sas;help;check' {
            break
        }
        'edgelogs;sas;help;new' {
            break
        }
        'edgelogs;sas;help;help' {
            break
        }
        'edgelogs;doctor' {
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'Device to check')
            [CompletionResult]::new('--device', '--device', [CompletionResultType]::ParameterName, 'Device to check')
            [CompletionResult]::new('--module-id', '--module-id', [CompletionResultType]::ParameterName, 'The module that answers; quote it if it begins with $')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--hub', '--hub', [CompletionResultType]::ParameterName, 'The hub''s host or name [env: EDGELOGS_HUB]')
            [CompletionResult]::new('--local', '--local', [CompletionResultType]::ParameterName, 'Run the device module in this process, without a hub')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file to use; `none` disables it')
            [CompletionResult]::new('--auth', '--auth', [CompletionResultType]::ParameterName, 'How to sign in [default: auto] [env: EDGELOGS_AUTH]')
            [CompletionResult]::new('--connection-string-file', '--connection-string-file', [CompletionResultType]::ParameterName, 'File with the hub''s connection string; - reads stdin')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'File with additional root certificates to trust')
            [CompletionResult]::new('--source-utc-offset', '--source-utc-offset', [CompletionResultType]::ParameterName, 'Offset from UTC of times in files that say none, such as +02:00')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times in UTC on a terminal instead of local time')
            break
        }
        'edgelogs;device' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file to use; `none` disables it')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times in UTC on a terminal instead of local time')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            [CompletionResult]::new('run', 'run', [CompletionResultType]::ParameterValue, 'Answer direct methods on a device, as a module connected over MQTT')
            [CompletionResult]::new('serve', 'serve', [CompletionResultType]::ParameterValue, 'Serve a loopback IoT Hub with one or more devices')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'edgelogs;device;run' {
            [CompletionResult]::new('--source', '--source', [CompletionResultType]::ParameterName, 'Where the logs come from: docker[:SOCKET], edged[:SOCKET] or dir:PATH')
            [CompletionResult]::new('--cert-file', '--cert-file', [CompletionResultType]::ParameterName, 'Certificate chain that stands for the identity')
            [CompletionResult]::new('--key-file', '--key-file', [CompletionResultType]::ParameterName, 'Key of --cert-file')
            [CompletionResult]::new('--token-lifetime', '--token-lifetime', [CompletionResultType]::ParameterName, 'How long each token is valid, 30s or more; a new one is used in time')
            [CompletionResult]::new('--file-root', '--file-root', [CompletionResultType]::ParameterName, 'Allow uploads to file:// directories below DIR')
            [CompletionResult]::new('--grace', '--grace', [CompletionResultType]::ParameterName, 'How long running requests and uploads may go on after SIGTERM')
            [CompletionResult]::new('--metrics-listen', '--metrics-listen', [CompletionResultType]::ParameterName, 'Serve /metrics for Prometheus, and /healthz, over plain HTTP')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--source-utc-offset', '--source-utc-offset', [CompletionResultType]::ParameterName, 'Offset from UTC of times in files that say none, such as +02:00')
            [CompletionResult]::new('--connection-string-file', '--connection-string-file', [CompletionResultType]::ParameterName, 'File with a module''s or device''s connection string; - reads stdin')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'File with additional root certificates to trust')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file to use; `none` disables it')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--direct', '--direct', [CompletionResultType]::ParameterName, 'Connect to the hub itself, even where a gateway is named')
            [CompletionResult]::new('--websocket', '--websocket', [CompletionResultType]::ParameterName, 'Use MQTT over WebSocket on port 443, through the proxy in HTTPS_PROXY if it is set')
            [CompletionResult]::new('--secrets-in-bundles', '--secrets-in-bundles', [CompletionResultType]::ParameterName, 'Don''t redact what looks like a secret in the settings of support bundles')
            [CompletionResult]::new('--check', '--check', [CompletionResultType]::ParameterName, 'Try identity, connection, subscription and source once, print the results, and end')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times in UTC on a terminal instead of local time')
            break
        }
        'edgelogs;device;serve' {
            [CompletionResult]::new('--listen', '--listen', [CompletionResultType]::ParameterName, 'Address to listen on; port 0 picks a free one')
            [CompletionResult]::new('--source', '--source', [CompletionResultType]::ParameterName, 'Where the logs come from: sample, dir:PATH, docker[:SOCKET] or edged[:SOCKET]')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'Device ID')
            [CompletionResult]::new('--device', '--device', [CompletionResultType]::ParameterName, 'Device ID')
            [CompletionResult]::new('--simulate', '--simulate', [CompletionResultType]::ParameterName, 'Serve N devices, ID-0001 and up, with the same logs')
            [CompletionResult]::new('--tls-cert', '--tls-cert', [CompletionResultType]::ParameterName, 'Use TLS with the certificate chain in this PEM file')
            [CompletionResult]::new('--tls-key', '--tls-key', [CompletionResultType]::ParameterName, 'PEM file with the key of --tls-cert')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile of the settings file')
            [CompletionResult]::new('--source-utc-offset', '--source-utc-offset', [CompletionResultType]::ParameterName, 'Offset from UTC of times in files that say none, such as +02:00')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file to use; `none` disables it')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--secrets-in-bundles', '--secrets-in-bundles', [CompletionResultType]::ParameterName, 'Don''t redact what looks like a secret in the settings of support bundles')
            [CompletionResult]::new('--tls', '--tls', [CompletionResultType]::ParameterName, 'Use TLS with a new self-signed certificate')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: a summary with -h, details and examples with --help')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only data, warnings and errors; summarise only on failure')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log every call and the total traffic; -vv adds request bodies')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times in UTC on a terminal instead of local time')
            break
        }
        'edgelogs;device;help' {
            [CompletionResult]::new('run', 'run', [CompletionResultType]::ParameterValue, 'Answer direct methods on a device, as a module connected over MQTT')
            [CompletionResult]::new('serve', 'serve', [CompletionResultType]::ParameterValue, 'Serve a loopback IoT Hub with one or more devices')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'edgelogs;device;help;run' {
            break
        }
        'edgelogs;device;help;serve' {
            break
        }
        'edgelogs;device;help;help' {
            break
        }
        'edgelogs;help' {
            [CompletionResult]::new('get', 'get', [CompletionResultType]::ParameterValue, 'Fetch module logs and print them')
            [CompletionResult]::new('upload', 'upload', [CompletionResultType]::ParameterValue, 'Have a device upload module logs to Blob Storage')
            [CompletionResult]::new('bundle', 'bundle', [CompletionResultType]::ParameterValue, 'Have a device upload a support bundle to Blob Storage')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show or await the status of uploads and support bundles')
            [CompletionResult]::new('devices', 'devices', [CompletionResultType]::ParameterValue, 'List the IoT Edge devices of a hub')
            [CompletionResult]::new('modules', 'modules', [CompletionResultType]::ParameterValue, 'List modules and their state')
            [CompletionResult]::new('ping', 'ping', [CompletionResultType]::ParameterValue, 'Check that edge agents respond')
            [CompletionResult]::new('restart', 'restart', [CompletionResultType]::ParameterValue, 'Restart a module')
            [CompletionResult]::new('invoke', 'invoke', [CompletionResultType]::ParameterValue, 'Call any direct method of any module')
            [CompletionResult]::new('checkpoint', 'checkpoint', [CompletionResultType]::ParameterValue, 'Show or reset where `get --checkpoint` goes on')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a shell''s completion script')
            [CompletionResult]::new('config', 'config', [CompletionResultType]::ParameterValue, 'Create, choose and show profiles')
            [CompletionResult]::new('sas', 'sas', [CompletionResultType]::ParameterValue, 'Explain or create a SAS URL for Blob Storage')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Check settings, hub, sign-in and device, in order')
            [CompletionResult]::new('device', 'device', [CompletionResultType]::ParameterValue, 'Run the device-side module')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'edgelogs;help;get' {
            break
        }
        'edgelogs;help;upload' {
            break
        }
        'edgelogs;help;bundle' {
            break
        }
        'edgelogs;help;status' {
            break
        }
        'edgelogs;help;devices' {
            break
        }
        'edgelogs;help;modules' {
            break
        }
        'edgelogs;help;ping' {
            break
        }
        'edgelogs;help;restart' {
            break
        }
        'edgelogs;help;invoke' {
            break
        }
        'edgelogs;help;checkpoint' {
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'List the logs of a checkpoint, with the time of the last line that was printed')
            [CompletionResult]::new('reset', 'reset', [CompletionResultType]::ParameterValue, 'Forget where logs stand, so that the next run reads them from --since or from their first line')
            break
        }
        'edgelogs;help;checkpoint;show' {
            break
        }
        'edgelogs;help;checkpoint;reset' {
            break
        }
        'edgelogs;help;completions' {
            break
        }
        'edgelogs;help;config' {
            [CompletionResult]::new('init', 'init', [CompletionResultType]::ParameterValue, 'Create the settings file, or add a profile to it')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show every setting with its value and origin')
            [CompletionResult]::new('path', 'path', [CompletionResultType]::ParameterValue, 'Print the path of the settings file, even if it doesn''t exist yet')
            [CompletionResult]::new('use', 'use', [CompletionResultType]::ParameterValue, 'Set the default profile')
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Change settings of a profile')
            [CompletionResult]::new('unset', 'unset', [CompletionResultType]::ParameterValue, 'Remove settings from a profile')
            [CompletionResult]::new('edit', 'edit', [CompletionResultType]::ParameterValue, 'Open the settings file in an editor, then check it')
            [CompletionResult]::new('profiles', 'profiles', [CompletionResultType]::ParameterValue, 'List the profiles')
            break
        }
        'edgelogs;help;config;init' {
            break
        }
        'edgelogs;help;config;show' {
            break
        }
        'edgelogs;help;config;path' {
            break
        }
        'edgelogs;help;config;use' {
            break
        }
        'edgelogs;help;config;set' {
            break
        }
        'edgelogs;help;config;unset' {
            break
        }
        'edgelogs;help;config;edit' {
            break
        }
        'edgelogs;help;config;profiles' {
            break
        }
        'edgelogs;help;sas' {
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Explain a SAS URL and what it can be used for')
            [CompletionResult]::new('new', 'new', [CompletionResultType]::ParameterValue, 'Create a SAS URL for a container')
            break
        }
        'edgelogs;help;sas;check' {
            break
        }
        'edgelogs;help;sas;new' {
            break
        }
        'edgelogs;help;doctor' {
            break
        }
        'edgelogs;help;device' {
            [CompletionResult]::new('run', 'run', [CompletionResultType]::ParameterValue, 'Answer direct methods on a device, as a module connected over MQTT')
            [CompletionResult]::new('serve', 'serve', [CompletionResultType]::ParameterValue, 'Serve a loopback IoT Hub with one or more devices')
            break
        }
        'edgelogs;help;device;run' {
            break
        }
        'edgelogs;help;device;serve' {
            break
        }
        'edgelogs;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
