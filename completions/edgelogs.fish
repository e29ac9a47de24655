# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_edgelogs_global_optspecs
    string join \n p/profile= config= q/quiet v/verbose color= utc h/help V/version
end

function __fish_edgelogs_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_edgelogs_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_edgelogs_using_subcommand
    set -l cmd (__fish_edgelogs_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c edgelogs -n "__fish_edgelogs_needs_command" -s p -l profile -d 'Profile of the settings file' -r -f
complete -c edgelogs -n "__fish_edgelogs_needs_command" -l config -d 'Settings file to use; `none` disables it' -r -F
complete -c edgelogs -n "__fish_edgelogs_needs_command" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal unless NO_COLOR, CLICOLOR or TERM forbids it, and whenever CLICOLOR_FORCE is set'
always\t'Always, and format everything as for a terminal'
never\t'Never'"
complete -c edgelogs -n "__fish_edgelogs_needs_command" -s q -l quiet -d 'Print only data, warnings and errors; summarise only on failure'
complete -c edgelogs -n "__fish_edgelogs_needs_command" -s v -l verbose -d 'Log every call and the total traffic; -vv adds request bodies'
complete -c edgelogs -n "__fish_edgelogs_needs_command" -l utc -d 'Show times in UTC on a terminal instead of local time'
complete -c edgelogs -n "__fish_edgelogs_needs_command" -s h -l help -d 'Print help: a summary with -h, details and examples with --help'
complete -c edgelogs -n "__fish_edgelogs_needs_command" -s V -l version -d 'Print the version; --version also shows features and API'
complete -c edgelogs -n "__fish_edgelogs_needs_command" -f -a "get" -d 'Fetch module logs and print them'
complete -c edgelogs -n "__fish_edgelogs_needs_command" -f -a "logs" -d 'Fetch module logs and print them'
complete -c edgelogs -n "__fish_edgelogs_needs_command" -f -a "upload" -d 'Have a device upload module logs to Blob Storage'
complete -c edgelogs -n "__fish_edgelogs_needs_command" -f -a "bundle" -d 'Have a device upload a support bundle to Blob Storage'
complete -c edgelogs -n "__fish_edgelogs_needs_command" -f -a "status" -d 'Show or await the status of uploads and support bundles'
complete -c edgelogs -n "__fish_edgelogs_needs_command" -f -a "devices" -d 'List the IoT Edge devices of a hub'
complete -c edgelogs -n "__fish_edgelogs_needs_command" -f -a "modules" -d 'List modules and their state'
complete -c edgelogs -n "__fish_edgelogs_needs_command" -f -a "ping" -d 'Check that edge agents respond'
complete -c edgelogs -n "__fish_edgelogs_needs_command" -f -a "restart" -d 'Restart a module'
complete -c edgelogs -n "__fish_edgelogs_needs_command" -f -a "invoke" -d 'Call any direct method of any module'
complete -c edgelogs -n "__fish_edgelogs_needs_command" -f -a "checkpoint" -d 'Show or reset where `get --checkpoint` goes on'
complete -c edgelogs -n "__fish_edgelogs_needs_command" -f -a "completions" -d 'Print a shell\'s completion script'
complete -c edgelogs -n "__fish_edgelogs_needs_command" -f -a "config" -d 'Create, choose and show profiles'
complete -c edgelogs -n "__fish_edgelogs_needs_command" -f -a "sas" -d 'Explain or create a SAS URL for Blob Storage'
complete -c edgelogs -n "__fish_edgelogs_needs_command" -f -a "doctor" -d 'Check settings, hub, sign-in and device, in order'
complete -c edgelogs -n "__fish_edgelogs_needs_command" -f -a "device" -d 'Run the device-side module'
complete -c edgelogs -n "__fish_edgelogs_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand get" -s m -l module -d 'A module by its exact name' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand get" -s d -l device -d 'An IoT Edge device; repeatable' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand get" -l match -d 'Edge devices by id, such as \'press-*\'; repeatable' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand get" -l where -d 'Edge devices by twin, such as "tags.site = \'oslo\'"' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand get" -l module-id -d 'The module that answers; quote it if it begins with $' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand get" -s n -l tail -d 'The last N lines of each module' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand get" -s s -l since -d 'Lines since TIME, such as 2h, 06:30 or yesterday' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand get" -s u -l until -d 'Lines until TIME, such as 1h, 06:45 or today' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand get" -s l -l loglevel -d 'This severity and worse: 0 to 7, or emerg to debug' -r -f -a "emerg\t''
alert\t''
crit\t''
err\t''
warning\t''
notice\t''
info\t''
debug\t''"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand get" -s g -l regex -l grep -d 'Lines that match a .NET regex' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand get" -s p -l profile -d 'Profile of the settings file' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand get" -l hub -d 'The hub\'s host or name [env: EDGELOGS_HUB]' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand get" -l local -d 'Run the device module in this process, without a hub' -r -f -a "sample\t''
docker\t''
edged\t''"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand get" -s o -l output -d 'Output format' -r -f -a "text\t'Lines as the modules wrote them, with a prefix if there are several sources'
short\t'Time, severity and message'
raw\t'Exactly the modules\' bytes, one module after another'
json\t'One JSON document'
jsonl\t'One JSON object per line'
otlp\t'OpenTelemetry: one OTLP/JSON LogsData per line'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand get" -l checkpoint -d 'Go on where the last run with this folder ended' -r -f -a "(__fish_complete_directories)"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand get" -l max-run -d 'End cleanly after this long, with what has come by then' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand get" -l query -d 'Devices returned by an IoT Hub query, which must select deviceId' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand get" -l devices-from -d 'Devices in a file, or on stdin with -: ids, or what `edgelogs devices` prints' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand get" -l max-devices -d 'Refuse to call more devices than this, or ask for confirmation on a terminal' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand get" -l shard -d 'Only part K of N of the selected devices, with K from 0 to N-1' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand get" -s j -l concurrency -d 'Maximum number of concurrent calls' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand get" -l rate -d 'Maximum calls per second to the hub; 0 is unlimited' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand get" -l item -d 'A module pattern with its own filter, such as: --item edge tail=100' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand get" -l exclude -d 'Drop lines whose text matches a regular expression; repeatable' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand get" -l loglevel-only -d 'Only this severity: 0 to 7, or emerg to debug' -r -f -a "emerg\t''
alert\t''
crit\t''
err\t''
warning\t''
notice\t''
info\t''
debug\t''"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand get" -l level-from -d 'What tells the severity of a line' -r -f -a "tag\t'The tag at its start, as agents read it'
line\t'The line itself, in the forms of common loggers'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand get" -l config -d 'Settings file to use; `none` disables it' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand get" -l auth -d 'How to sign in [default: auto] [env: EDGELOGS_AUTH]' -r -f -a "auto\t'The hub\'s connection string if there is one, otherwise Entra ID'
sas\t'A connection string'
entra\t'Entra ID, even if there is a connection string'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand get" -l connection-string-file -d 'File with the hub\'s connection string; - reads stdin' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand get" -l ca-file -d 'File with additional root certificates to trust' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand get" -l source-utc-offset -d 'Offset from UTC of times in files that say none, such as +02:00' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand get" -l retries -d 'Retries for calls that are safe to repeat' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand get" -l timeout -d 'How long the hub waits for the device\'s answer, 5s to 300s' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand get" -l connect-timeout -d 'How long the hub waits for an offline device to connect, 0s to 300s' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand get" -l encoding -d 'Encoding of the logs in transit' -r -f -a "none\t'Uncompressed, in `payload`'
gzip\t'Gzip in base64, in `payloadBytes`: about a tenth of the size'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand get" -l content-type -d 'Format of the logs in transit [default: json for json output, text otherwise]' -r -f -a "json\t'A JSON array of records, each with its stream, level and timestamp'
text\t'The lines as the module wrote them'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand get" -l format -d 'Print each line as a template says, such as \'{time} {module} {text}\'' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand get" -l highlight -d 'Mark what matches a regular expression, in colour only; repeatable' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand get" -l order -d 'In which order lines of several sources are printed [default: time]' -r -f -a "time\t'By time, once all devices have answered'
device\t'One device after the other'
arrival\t'Each line as soon as it is here'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand get" -l prefix -d 'When to prefix lines with their module; always names the device too' -r -f -a "auto\t'When lines of several sources mix'
always\t'On every line'
never\t'On no line'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand get" -l json-logs -d 'How to show JSON lines on a terminal' -r -f -a "auto\t'Time, level and message first, then the other fields'
off\t'As they are'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand get" -l out-dir -d 'Write each module\'s log to DIR/device/module.log, and print the paths' -r -f -a "(__fish_complete_directories)"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand get" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal unless NO_COLOR, CLICOLOR or TERM forbids it, and whenever CLICOLOR_FORCE is set'
always\t'Always, and format everything as for a terminal'
never\t'Never'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand get" -s f -l follow -d 'Keep printing new lines'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand get" -l wait-lock -d 'Wait for another run that uses the checkpoint'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand get" -s h -l help -d 'Print help: a summary with -h, details and examples with --help'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand get" -s y -l yes -d 'Don\'t ask for confirmation, even above the default or the profile\'s limit of devices'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand get" -s i -l ignore-case -d 'Ignore case in regular expressions'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand get" -s t -l timestamps -d 'Begin each line with its time: local on a terminal, UTC otherwise'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand get" -l force -d 'Overwrite existing files'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand get" -l dry-run -d 'Print the first request and send nothing'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand get" -s q -l quiet -d 'Print only data, warnings and errors; summarise only on failure'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand get" -s v -l verbose -d 'Log every call and the total traffic; -vv adds request bodies'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand get" -l utc -d 'Show times in UTC on a terminal instead of local time'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand logs" -s m -l module -d 'A module by its exact name' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand logs" -s d -l device -d 'An IoT Edge device; repeatable' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand logs" -l match -d 'Edge devices by id, such as \'press-*\'; repeatable' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand logs" -l where -d 'Edge devices by twin, such as "tags.site = \'oslo\'"' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand logs" -l module-id -d 'The module that answers; quote it if it begins with $' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand logs" -s n -l tail -d 'The last N lines of each module' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand logs" -s s -l since -d 'Lines since TIME, such as 2h, 06:30 or yesterday' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand logs" -s u -l until -d 'Lines until TIME, such as 1h, 06:45 or today' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand logs" -s l -l loglevel -d 'This severity and worse: 0 to 7, or emerg to debug' -r -f -a "emerg\t''
alert\t''
crit\t''
err\t''
warning\t''
notice\t''
info\t''
debug\t''"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand logs" -s g -l regex -l grep -d 'Lines that match a .NET regex' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand logs" -s p -l profile -d 'Profile of the settings file' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand logs" -l hub -d 'The hub\'s host or name [env: EDGELOGS_HUB]' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand logs" -l local -d 'Run the device module in this process, without a hub' -r -f -a "sample\t''
docker\t''
edged\t''"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand logs" -s o -l output -d 'Output format' -r -f -a "text\t'Lines as the modules wrote them, with a prefix if there are several sources'
short\t'Time, severity and message'
raw\t'Exactly the modules\' bytes, one module after another'
json\t'One JSON document'
jsonl\t'One JSON object per line'
otlp\t'OpenTelemetry: one OTLP/JSON LogsData per line'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand logs" -l checkpoint -d 'Go on where the last run with this folder ended' -r -f -a "(__fish_complete_directories)"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand logs" -l max-run -d 'End cleanly after this long, with what has come by then' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand logs" -l query -d 'Devices returned by an IoT Hub query, which must select deviceId' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand logs" -l devices-from -d 'Devices in a file, or on stdin with -: ids, or what `edgelogs devices` prints' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand logs" -l max-devices -d 'Refuse to call more devices than this, or ask for confirmation on a terminal' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand logs" -l shard -d 'Only part K of N of the selected devices, with K from 0 to N-1' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand logs" -s j -l concurrency -d 'Maximum number of concurrent calls' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand logs" -l rate -d 'Maximum calls per second to the hub; 0 is unlimited' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand logs" -l item -d 'A module pattern with its own filter, such as: --item edge tail=100' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand logs" -l exclude -d 'Drop lines whose text matches a regular expression; repeatable' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand logs" -l loglevel-only -d 'Only this severity: 0 to 7, or emerg to debug' -r -f -a "emerg\t''
alert\t''
crit\t''
err\t''
warning\t''
notice\t''
info\t''
debug\t''"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand logs" -l level-from -d 'What tells the severity of a line' -r -f -a "tag\t'The tag at its start, as agents read it'
line\t'The line itself, in the forms of common loggers'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand logs" -l config -d 'Settings file to use; `none` disables it' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand logs" -l auth -d 'How to sign in [default: auto] [env: EDGELOGS_AUTH]' -r -f -a "auto\t'The hub\'s connection string if there is one, otherwise Entra ID'
sas\t'A connection string'
entra\t'Entra ID, even if there is a connection string'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand logs" -l connection-string-file -d 'File with the hub\'s connection string; - reads stdin' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand logs" -l ca-file -d 'File with additional root certificates to trust' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand logs" -l source-utc-offset -d 'Offset from UTC of times in files that say none, such as +02:00' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand logs" -l retries -d 'Retries for calls that are safe to repeat' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand logs" -l timeout -d 'How long the hub waits for the device\'s answer, 5s to 300s' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand logs" -l connect-timeout -d 'How long the hub waits for an offline device to connect, 0s to 300s' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand logs" -l encoding -d 'Encoding of the logs in transit' -r -f -a "none\t'Uncompressed, in `payload`'
gzip\t'Gzip in base64, in `payloadBytes`: about a tenth of the size'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand logs" -l content-type -d 'Format of the logs in transit [default: json for json output, text otherwise]' -r -f -a "json\t'A JSON array of records, each with its stream, level and timestamp'
text\t'The lines as the module wrote them'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand logs" -l format -d 'Print each line as a template says, such as \'{time} {module} {text}\'' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand logs" -l highlight -d 'Mark what matches a regular expression, in colour only; repeatable' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand logs" -l order -d 'In which order lines of several sources are printed [default: time]' -r -f -a "time\t'By time, once all devices have answered'
device\t'One device after the other'
arrival\t'Each line as soon as it is here'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand logs" -l prefix -d 'When to prefix lines with their module; always names the device too' -r -f -a "auto\t'When lines of several sources mix'
always\t'On every line'
never\t'On no line'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand logs" -l json-logs -d 'How to show JSON lines on a terminal' -r -f -a "auto\t'Time, level and message first, then the other fields'
off\t'As they are'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand logs" -l out-dir -d 'Write each module\'s log to DIR/device/module.log, and print the paths' -r -f -a "(__fish_complete_directories)"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand logs" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal unless NO_COLOR, CLICOLOR or TERM forbids it, and whenever CLICOLOR_FORCE is set'
always\t'Always, and format everything as for a terminal'
never\t'Never'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand logs" -s f -l follow -d 'Keep printing new lines'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand logs" -l wait-lock -d 'Wait for another run that uses the checkpoint'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand logs" -s h -l help -d 'Print help: a summary with -h, details and examples with --help'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand logs" -s y -l yes -d 'Don\'t ask for confirmation, even above the default or the profile\'s limit of devices'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand logs" -s i -l ignore-case -d 'Ignore case in regular expressions'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand logs" -s t -l timestamps -d 'Begin each line with its time: local on a terminal, UTC otherwise'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand logs" -l force -d 'Overwrite existing files'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand logs" -l dry-run -d 'Print the first request and send nothing'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand logs" -s q -l quiet -d 'Print only data, warnings and errors; summarise only on failure'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand logs" -s v -l verbose -d 'Log every call and the total traffic; -vv adds request bodies'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand logs" -l utc -d 'Show times in UTC on a terminal instead of local time'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand upload" -s m -l module -d 'A module by its exact name' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand upload" -s d -l device -d 'An IoT Edge device; repeatable' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand upload" -l match -d 'Edge devices by id, such as \'press-*\'; repeatable' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand upload" -l where -d 'Edge devices by twin, such as "tags.site = \'oslo\'"' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand upload" -l module-id -d 'The module that answers; quote it if it begins with $' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand upload" -s n -l tail -d 'The last N lines of each module' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand upload" -s s -l since -d 'Lines since TIME, such as 2h, 06:30 or yesterday' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand upload" -s u -l until -d 'Lines until TIME, such as 1h, 06:45 or today' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand upload" -s l -l loglevel -d 'This severity and worse: 0 to 7, or emerg to debug' -r -f -a "emerg\t''
alert\t''
crit\t''
err\t''
warning\t''
notice\t''
info\t''
debug\t''"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand upload" -s g -l regex -l grep -d 'Lines that match a .NET regex' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand upload" -l sas -d 'SAS URL of the container, @FILE to read it from a file, or - for stdin' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand upload" -s p -l profile -d 'Profile of the settings file' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand upload" -l hub -d 'The hub\'s host or name [env: EDGELOGS_HUB]' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand upload" -l local -d 'Run the device module in this process, without a hub' -r -f -a "sample\t''
docker\t''
edged\t''"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand upload" -s o -l output -d 'Output format' -r -f -a "text\t'The correlation id or the status; for several devices a list; with --download, paths'
raw\t'The same as text'
json\t'One JSON document'
jsonl\t'One JSON object per task'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand upload" -l download -d 'Wait, then fetch the blobs into DIR/device/' -r -f -a "(__fish_complete_directories)"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand upload" -l wait-timeout -d 'Give up waiting after this long; the task keeps running' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand upload" -l interval -d 'How often to poll the task' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand upload" -l query -d 'Devices returned by an IoT Hub query, which must select deviceId' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand upload" -l devices-from -d 'Devices in a file, or on stdin with -: ids, or what `edgelogs devices` prints' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand upload" -l max-devices -d 'Refuse to call more devices than this, or ask for confirmation on a terminal' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand upload" -l shard -d 'Only part K of N of the selected devices, with K from 0 to N-1' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand upload" -s j -l concurrency -d 'Maximum number of concurrent calls' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand upload" -l rate -d 'Maximum calls per second to the hub; 0 is unlimited' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand upload" -l item -d 'A module pattern with its own filter, such as: --item edge tail=100' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand upload" -l config -d 'Settings file to use; `none` disables it' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand upload" -l auth -d 'How to sign in [default: auto] [env: EDGELOGS_AUTH]' -r -f -a "auto\t'The hub\'s connection string if there is one, otherwise Entra ID'
sas\t'A connection string'
entra\t'Entra ID, even if there is a connection string'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand upload" -l connection-string-file -d 'File with the hub\'s connection string; - reads stdin' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand upload" -l ca-file -d 'File with additional root certificates to trust' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand upload" -l source-utc-offset -d 'Offset from UTC of times in files that say none, such as +02:00' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand upload" -l retries -d 'Retries for calls that are safe to repeat' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand upload" -l timeout -d 'How long the hub waits for the device\'s answer, 5s to 300s' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand upload" -l connect-timeout -d 'How long the hub waits for an offline device to connect, 0s to 300s' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand upload" -l encoding -d 'Compression of the blobs' -r -f -a "none\t'Uncompressed, in `payload`'
gzip\t'Gzip in base64, in `payloadBytes`: about a tenth of the size'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand upload" -l content-type -d 'Format of the logs in the blobs' -r -f -a "json\t'A JSON array of records, each with its stream, level and timestamp'
text\t'The lines as the module wrote them'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand upload" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal unless NO_COLOR, CLICOLOR or TERM forbids it, and whenever CLICOLOR_FORCE is set'
always\t'Always, and format everything as for a terminal'
never\t'Never'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand upload" -s h -l help -d 'Print help: a summary with -h, details and examples with --help'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand upload" -l wait -d 'Wait for the task to end (the default)'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand upload" -l no-wait -d 'Print the correlation id and don\'t wait'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand upload" -s y -l yes -d 'Don\'t ask for confirmation, even above the default or the profile\'s limit of devices'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand upload" -s i -l ignore-case -d 'Ignore case in regular expressions'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand upload" -l force -d 'Overwrite existing files; without it, new files are written beside them'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand upload" -l dry-run -d 'Print the request and send nothing'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand upload" -l decompress -d 'Decompress downloaded files: NAME.log instead of NAME.log.gz'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand upload" -s q -l quiet -d 'Print only data, warnings and errors; summarise only on failure'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand upload" -s v -l verbose -d 'Log every call and the total traffic; -vv adds request bodies'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand upload" -l utc -d 'Show times in UTC on a terminal instead of local time'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand bundle" -s d -l device -d 'An IoT Edge device; repeatable' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand bundle" -l match -d 'Edge devices by id, such as \'press-*\'; repeatable' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand bundle" -l where -d 'Edge devices by twin, such as "tags.site = \'oslo\'"' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand bundle" -l module-id -d 'The module that answers; quote it if it begins with $' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand bundle" -s s -l since -d 'Logs since TIME, such as 2h, 06:30 or yesterday' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand bundle" -s u -l until -d 'Logs until TIME, such as 1h, 06:45 or today' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand bundle" -l sas -d 'SAS URL of the container, @FILE to read it from a file, or - for stdin' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand bundle" -s p -l profile -d 'Profile of the settings file' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand bundle" -l hub -d 'The hub\'s host or name [env: EDGELOGS_HUB]' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand bundle" -l local -d 'Run the device module in this process, without a hub' -r -f -a "sample\t''
docker\t''
edged\t''"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand bundle" -l out -d 'Pack the bundle on this machine instead, without Blob Storage' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand bundle" -s o -l output -d 'Output format' -r -f -a "text\t'The correlation id or the status; for several devices a list; with --download, paths'
raw\t'The same as text'
json\t'One JSON document'
jsonl\t'One JSON object per task'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand bundle" -l download -d 'Wait, then fetch the blobs into DIR/device/' -r -f -a "(__fish_complete_directories)"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand bundle" -l wait-timeout -d 'Give up waiting after this long; the task keeps running' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand bundle" -l interval -d 'How often to poll the task' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand bundle" -l query -d 'Devices returned by an IoT Hub query, which must select deviceId' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand bundle" -l devices-from -d 'Devices in a file, or on stdin with -: ids, or what `edgelogs devices` prints' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand bundle" -l max-devices -d 'Refuse to call more devices than this, or ask for confirmation on a terminal' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand bundle" -l shard -d 'Only part K of N of the selected devices, with K from 0 to N-1' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand bundle" -s j -l concurrency -d 'Maximum number of concurrent calls' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand bundle" -l rate -d 'Maximum calls per second to the hub; 0 is unlimited' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand bundle" -l config -d 'Settings file to use; `none` disables it' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand bundle" -l auth -d 'How to sign in [default: auto] [env: EDGELOGS_AUTH]' -r -f -a "auto\t'The hub\'s connection string if there is one, otherwise Entra ID'
sas\t'A connection string'
entra\t'Entra ID, even if there is a connection string'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand bundle" -l connection-string-file -d 'File with the hub\'s connection string; - reads stdin' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand bundle" -l ca-file -d 'File with additional root certificates to trust' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand bundle" -l source-utc-offset -d 'Offset from UTC of times in files that say none, such as +02:00' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand bundle" -l retries -d 'Retries for calls that are safe to repeat' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand bundle" -l timeout -d 'How long the hub waits for the device\'s answer, 5s to 300s' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand bundle" -l connect-timeout -d 'How long the hub waits for an offline device to connect, 0s to 300s' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand bundle" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal unless NO_COLOR, CLICOLOR or TERM forbids it, and whenever CLICOLOR_FORCE is set'
always\t'Always, and format everything as for a terminal'
never\t'Never'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand bundle" -s h -l help -d 'Print help: a summary with -h, details and examples with --help'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand bundle" -l wait -d 'Wait for the task to end (the default)'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand bundle" -l no-wait -d 'Print the correlation id and don\'t wait'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand bundle" -s y -l yes -d 'Don\'t ask for confirmation, even above the default or the profile\'s limit of devices'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand bundle" -l edge-runtime-only -d 'Only edgeAgent, edgeHub and the security daemon'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand bundle" -l force -d 'Overwrite existing files; without it, new files are written beside them'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand bundle" -l dry-run -d 'Print the request and send nothing'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand bundle" -s q -l quiet -d 'Print only data, warnings and errors; summarise only on failure'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand bundle" -s v -l verbose -d 'Log every call and the total traffic; -vv adds request bodies'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand bundle" -l utc -d 'Show times in UTC on a terminal instead of local time'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand status" -l last -d 'The last N tasks of this machine [default: 1]' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand status" -s d -l device -d 'The device that runs the task' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand status" -l module-id -d 'The module that answers; quote it if it begins with $' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand status" -s p -l profile -d 'Profile of the settings file' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand status" -l hub -d 'The hub\'s host or name [env: EDGELOGS_HUB]' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand status" -l local -d 'Run the device module in this process, without a hub' -r -f -a "sample\t''
docker\t''
edged\t''"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand status" -s o -l output -d 'Output format' -r -f -a "text\t'The correlation id or the status; for several devices a list; with --download, paths'
raw\t'The same as text'
json\t'One JSON document'
jsonl\t'One JSON object per task'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand status" -l wait-timeout -d 'Give up waiting after this long; the task keeps running' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand status" -l interval -d 'How often to poll the task' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand status" -s j -l concurrency -d 'Maximum number of concurrent calls' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand status" -l rate -d 'Maximum calls per second to the hub; 0 is unlimited' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand status" -l config -d 'Settings file to use; `none` disables it' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand status" -l auth -d 'How to sign in [default: auto] [env: EDGELOGS_AUTH]' -r -f -a "auto\t'The hub\'s connection string if there is one, otherwise Entra ID'
sas\t'A connection string'
entra\t'Entra ID, even if there is a connection string'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand status" -l connection-string-file -d 'File with the hub\'s connection string; - reads stdin' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand status" -l ca-file -d 'File with additional root certificates to trust' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand status" -l source-utc-offset -d 'Offset from UTC of times in files that say none, such as +02:00' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand status" -l retries -d 'Retries for calls that are safe to repeat' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand status" -l timeout -d 'How long the hub waits for the device\'s answer, 5s to 300s' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand status" -l connect-timeout -d 'How long the hub waits for an offline device to connect, 0s to 300s' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand status" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal unless NO_COLOR, CLICOLOR or TERM forbids it, and whenever CLICOLOR_FORCE is set'
always\t'Always, and format everything as for a terminal'
never\t'Never'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand status" -l wait -d 'Wait for the task to end'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand status" -s h -l help -d 'Print help: a summary with -h, details and examples with --help'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand status" -l dry-run -d 'Print the request and send nothing'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand status" -s q -l quiet -d 'Print only data, warnings and errors; summarise only on failure'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand status" -s v -l verbose -d 'Log every call and the total traffic; -vv adds request bodies'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand status" -l utc -d 'Show times in UTC on a terminal instead of local time'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand devices" -l where -d 'Only edge devices whose twin meets a condition, such as "tags.site = \'oslo\'"' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand devices" -s p -l profile -d 'Profile of the settings file' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand devices" -l hub -d 'The hub\'s host or name [env: EDGELOGS_HUB]' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand devices" -l local -d 'Run the device module in this process, without a hub' -r -f -a "sample\t''
docker\t''
edged\t''"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand devices" -s o -l output -d 'Output format' -r -f -a "auto\t'Aligned columns on a terminal; otherwise tab-separated, with a header'
table\t'Aligned columns'
text\t'Names only, one per line'
json\t'One JSON document'
jsonl\t'One JSON object per line'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand devices" -l query -d 'Devices returned by an IoT Hub query, which must select deviceId' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand devices" -s j -l concurrency -d 'Maximum number of concurrent calls' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand devices" -l rate -d 'Maximum calls per second to the hub; 0 is unlimited' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand devices" -l config -d 'Settings file to use; `none` disables it' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand devices" -l auth -d 'How to sign in [default: auto] [env: EDGELOGS_AUTH]' -r -f -a "auto\t'The hub\'s connection string if there is one, otherwise Entra ID'
sas\t'A connection string'
entra\t'Entra ID, even if there is a connection string'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand devices" -l connection-string-file -d 'File with the hub\'s connection string; - reads stdin' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand devices" -l ca-file -d 'File with additional root certificates to trust' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand devices" -l source-utc-offset -d 'Offset from UTC of times in files that say none, such as +02:00' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand devices" -l retries -d 'Retries for calls that are safe to repeat' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand devices" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal unless NO_COLOR, CLICOLOR or TERM forbids it, and whenever CLICOLOR_FORCE is set'
always\t'Always, and format everything as for a terminal'
never\t'Never'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand devices" -s h -l help -d 'Print help: a summary with -h, details and examples with --help'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand devices" -s q -l quiet -d 'Print only data, warnings and errors; summarise only on failure'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand devices" -s v -l verbose -d 'Log every call and the total traffic; -vv adds request bodies'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand devices" -l utc -d 'Show times in UTC on a terminal instead of local time'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand modules" -s d -l device -d 'An IoT Edge device; repeatable' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand modules" -l match -d 'Edge devices by id, such as \'press-*\'; repeatable' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand modules" -l where -d 'Edge devices by twin, such as "tags.site = \'oslo\'"' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand modules" -s p -l profile -d 'Profile of the settings file' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand modules" -l hub -d 'The hub\'s host or name [env: EDGELOGS_HUB]' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand modules" -l local -d 'Run the device module in this process, without a hub' -r -f -a "sample\t''
docker\t''
edged\t''"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand modules" -s o -l output -d 'Output format' -r -f -a "auto\t'Aligned columns on a terminal; otherwise tab-separated, with a header'
table\t'Aligned columns'
text\t'Names only, one per line'
json\t'One JSON document'
jsonl\t'One JSON object per line'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand modules" -l query -d 'Devices returned by an IoT Hub query, which must select deviceId' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand modules" -l devices-from -d 'Devices in a file, or on stdin with -: ids, or what `edgelogs devices` prints' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand modules" -l max-devices -d 'Refuse to call more devices than this, or ask for confirmation on a terminal' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand modules" -l shard -d 'Only part K of N of the selected devices, with K from 0 to N-1' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand modules" -s j -l concurrency -d 'Maximum number of concurrent calls' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand modules" -l rate -d 'Maximum calls per second to the hub; 0 is unlimited' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand modules" -l config -d 'Settings file to use; `none` disables it' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand modules" -l auth -d 'How to sign in [default: auto] [env: EDGELOGS_AUTH]' -r -f -a "auto\t'The hub\'s connection string if there is one, otherwise Entra ID'
sas\t'A connection string'
entra\t'Entra ID, even if there is a connection string'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand modules" -l connection-string-file -d 'File with the hub\'s connection string; - reads stdin' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand modules" -l ca-file -d 'File with additional root certificates to trust' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand modules" -l source-utc-offset -d 'Offset from UTC of times in files that say none, such as +02:00' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand modules" -l retries -d 'Retries for calls that are safe to repeat' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand modules" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal unless NO_COLOR, CLICOLOR or TERM forbids it, and whenever CLICOLOR_FORCE is set'
always\t'Always, and format everything as for a terminal'
never\t'Never'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand modules" -s h -l help -d 'Print help: a summary with -h, details and examples with --help'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand modules" -s y -l yes -d 'Don\'t ask for confirmation, even above the default or the profile\'s limit of devices'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand modules" -s q -l quiet -d 'Print only data, warnings and errors; summarise only on failure'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand modules" -s v -l verbose -d 'Log every call and the total traffic; -vv adds request bodies'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand modules" -l utc -d 'Show times in UTC on a terminal instead of local time'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand ping" -s d -l device -d 'An IoT Edge device; repeatable' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand ping" -l match -d 'Edge devices by id, such as \'press-*\'; repeatable' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand ping" -l where -d 'Edge devices by twin, such as "tags.site = \'oslo\'"' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand ping" -l module-id -d 'The module that answers; quote it if it begins with $' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand ping" -s p -l profile -d 'Profile of the settings file' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand ping" -l hub -d 'The hub\'s host or name [env: EDGELOGS_HUB]' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand ping" -l local -d 'Run the device module in this process, without a hub' -r -f -a "sample\t''
docker\t''
edged\t''"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand ping" -s o -l output -d 'Output format' -r -f -a "auto\t'Aligned columns on a terminal; otherwise tab-separated, with a header'
table\t'Aligned columns'
text\t'Names only, one per line'
json\t'One JSON document'
jsonl\t'One JSON object per line'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand ping" -l query -d 'Devices returned by an IoT Hub query, which must select deviceId' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand ping" -l devices-from -d 'Devices in a file, or on stdin with -: ids, or what `edgelogs devices` prints' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand ping" -l max-devices -d 'Refuse to call more devices than this, or ask for confirmation on a terminal' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand ping" -l shard -d 'Only part K of N of the selected devices, with K from 0 to N-1' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand ping" -s j -l concurrency -d 'Maximum number of concurrent calls' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand ping" -l rate -d 'Maximum calls per second to the hub; 0 is unlimited' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand ping" -l config -d 'Settings file to use; `none` disables it' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand ping" -l auth -d 'How to sign in [default: auto] [env: EDGELOGS_AUTH]' -r -f -a "auto\t'The hub\'s connection string if there is one, otherwise Entra ID'
sas\t'A connection string'
entra\t'Entra ID, even if there is a connection string'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand ping" -l connection-string-file -d 'File with the hub\'s connection string; - reads stdin' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand ping" -l ca-file -d 'File with additional root certificates to trust' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand ping" -l source-utc-offset -d 'Offset from UTC of times in files that say none, such as +02:00' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand ping" -l retries -d 'Retries for calls that are safe to repeat' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand ping" -l timeout -d 'How long the hub waits for the device\'s answer, 5s to 300s' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand ping" -l connect-timeout -d 'How long the hub waits for an offline device to connect, 0s to 300s' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand ping" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal unless NO_COLOR, CLICOLOR or TERM forbids it, and whenever CLICOLOR_FORCE is set'
always\t'Always, and format everything as for a terminal'
never\t'Never'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand ping" -s h -l help -d 'Print help: a summary with -h, details and examples with --help'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand ping" -s y -l yes -d 'Don\'t ask for confirmation, even above the default or the profile\'s limit of devices'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand ping" -l dry-run -d 'Print the request and send nothing'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand ping" -s q -l quiet -d 'Print only data, warnings and errors; summarise only on failure'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand ping" -s v -l verbose -d 'Log every call and the total traffic; -vv adds request bodies'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand ping" -l utc -d 'Show times in UTC on a terminal instead of local time'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand restart" -s d -l device -d 'An IoT Edge device; repeatable' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand restart" -l match -d 'Edge devices by id, such as \'press-*\'; repeatable' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand restart" -l where -d 'Edge devices by twin, such as "tags.site = \'oslo\'"' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand restart" -l module-id -d 'The module that answers; quote it if it begins with $' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand restart" -s p -l profile -d 'Profile of the settings file' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand restart" -l hub -d 'The hub\'s host or name [env: EDGELOGS_HUB]' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand restart" -l local -d 'Run the device module in this process, without a hub' -r -f -a "sample\t''
docker\t''
edged\t''"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand restart" -s o -l output -d 'Output format' -r -f -a "auto\t'Aligned columns on a terminal; otherwise tab-separated, with a header'
table\t'Aligned columns'
text\t'Names only, one per line'
json\t'One JSON document'
jsonl\t'One JSON object per line'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand restart" -l query -d 'Devices returned by an IoT Hub query, which must select deviceId' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand restart" -l devices-from -d 'Devices in a file, or on stdin with -: ids, or what `edgelogs devices` prints' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand restart" -l max-devices -d 'Refuse to call more devices than this, or ask for confirmation on a terminal' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand restart" -l shard -d 'Only part K of N of the selected devices, with K from 0 to N-1' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand restart" -s j -l concurrency -d 'Maximum number of concurrent calls' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand restart" -l rate -d 'Maximum calls per second to the hub; 0 is unlimited' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand restart" -l config -d 'Settings file to use; `none` disables it' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand restart" -l auth -d 'How to sign in [default: auto] [env: EDGELOGS_AUTH]' -r -f -a "auto\t'The hub\'s connection string if there is one, otherwise Entra ID'
sas\t'A connection string'
entra\t'Entra ID, even if there is a connection string'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand restart" -l connection-string-file -d 'File with the hub\'s connection string; - reads stdin' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand restart" -l ca-file -d 'File with additional root certificates to trust' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand restart" -l source-utc-offset -d 'Offset from UTC of times in files that say none, such as +02:00' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand restart" -l retries -d 'Retries for calls that are safe to repeat' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand restart" -l timeout -d 'How long the hub waits for the device\'s answer, 5s to 300s' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand restart" -l connect-timeout -d 'How long the hub waits for an offline device to connect, 0s to 300s' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand restart" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal unless NO_COLOR, CLICOLOR or TERM forbids it, and whenever CLICOLOR_FORCE is set'
always\t'Always, and format everything as for a terminal'
never\t'Never'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand restart" -s h -l help -d 'Print help: a summary with -h, details and examples with --help'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand restart" -s y -l yes -d 'Don\'t ask for confirmation, even above the default or the profile\'s limit of devices'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand restart" -l dry-run -d 'Print the request and send nothing'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand restart" -s q -l quiet -d 'Print only data, warnings and errors; summarise only on failure'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand restart" -s v -l verbose -d 'Log every call and the total traffic; -vv adds request bodies'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand restart" -l utc -d 'Show times in UTC on a terminal instead of local time'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand invoke" -l module-id -d 'The module that answers; quote it if it begins with $' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand invoke" -s d -l device -d 'An IoT Edge device; repeatable' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand invoke" -l match -d 'Edge devices by id, such as \'press-*\'; repeatable' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand invoke" -l where -d 'Edge devices by twin, such as "tags.site = \'oslo\'"' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand invoke" -l payload -d 'The payload: JSON, @FILE to read it from a file, or - for stdin' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand invoke" -s p -l profile -d 'Profile of the settings file' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand invoke" -l hub -d 'The hub\'s host or name [env: EDGELOGS_HUB]' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand invoke" -l local -d 'Run the device module in this process, without a hub' -r -f -a "sample\t''
docker\t''
edged\t''"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand invoke" -s o -l output -d 'Output format' -r -f -a "table\t'Aligned columns'
text\t'The payload alone; the same as jsonl for several devices'
json\t'One JSON document'
jsonl\t'One JSON object per line'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand invoke" -l query -d 'Devices returned by an IoT Hub query, which must select deviceId' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand invoke" -l devices-from -d 'Devices in a file, or on stdin with -: ids, or what `edgelogs devices` prints' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand invoke" -l max-devices -d 'Refuse to call more devices than this, or ask for confirmation on a terminal' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand invoke" -l shard -d 'Only part K of N of the selected devices, with K from 0 to N-1' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand invoke" -s j -l concurrency -d 'Maximum number of concurrent calls' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand invoke" -l rate -d 'Maximum calls per second to the hub; 0 is unlimited' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand invoke" -l config -d 'Settings file to use; `none` disables it' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand invoke" -l auth -d 'How to sign in [default: auto] [env: EDGELOGS_AUTH]' -r -f -a "auto\t'The hub\'s connection string if there is one, otherwise Entra ID'
sas\t'A connection string'
entra\t'Entra ID, even if there is a connection string'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand invoke" -l connection-string-file -d 'File with the hub\'s connection string; - reads stdin' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand invoke" -l ca-file -d 'File with additional root certificates to trust' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand invoke" -l source-utc-offset -d 'Offset from UTC of times in files that say none, such as +02:00' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand invoke" -l retries -d 'Retries for calls that are safe to repeat' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand invoke" -l timeout -d 'How long the hub waits for the device\'s answer, 5s to 300s' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand invoke" -l connect-timeout -d 'How long the hub waits for an offline device to connect, 0s to 300s' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand invoke" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal unless NO_COLOR, CLICOLOR or TERM forbids it, and whenever CLICOLOR_FORCE is set'
always\t'Always, and format everything as for a terminal'
never\t'Never'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand invoke" -s h -l help -d 'Print help: a summary with -h, details and examples with --help'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand invoke" -s y -l yes -d 'Don\'t ask for confirmation, even above the default or the profile\'s limit of devices'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand invoke" -l dry-run -d 'Print the request and send nothing'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand invoke" -s q -l quiet -d 'Print only data, warnings and errors; summarise only on failure'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand invoke" -s v -l verbose -d 'Log every call and the total traffic; -vv adds request bodies'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand invoke" -l utc -d 'Show times in UTC on a terminal instead of local time'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand checkpoint; and not __fish_seen_subcommand_from show reset help" -s p -l profile -d 'Profile of the settings file' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand checkpoint; and not __fish_seen_subcommand_from show reset help" -l config -d 'Settings file to use; `none` disables it' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand checkpoint; and not __fish_seen_subcommand_from show reset help" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal unless NO_COLOR, CLICOLOR or TERM forbids it, and whenever CLICOLOR_FORCE is set'
always\t'Always, and format everything as for a terminal'
never\t'Never'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand checkpoint; and not __fish_seen_subcommand_from show reset help" -s q -l quiet -d 'Print only data, warnings and errors; summarise only on failure'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand checkpoint; and not __fish_seen_subcommand_from show reset help" -s v -l verbose -d 'Log every call and the total traffic; -vv adds request bodies'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand checkpoint; and not __fish_seen_subcommand_from show reset help" -l utc -d 'Show times in UTC on a terminal instead of local time'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand checkpoint; and not __fish_seen_subcommand_from show reset help" -s h -l help -d 'Print help: a summary with -h, details and examples with --help'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand checkpoint; and not __fish_seen_subcommand_from show reset help" -f -a "show" -d 'List the logs of a checkpoint, with the time of the last line that was printed'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand checkpoint; and not __fish_seen_subcommand_from show reset help" -f -a "reset" -d 'Forget where logs stand, so that the next run reads them from --since or from their first line'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand checkpoint; and not __fish_seen_subcommand_from show reset help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand checkpoint; and __fish_seen_subcommand_from show" -s d -l device -d 'Only the logs of a device; repeatable' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand checkpoint; and __fish_seen_subcommand_from show" -s m -l module -d 'Only the logs of a module, by its exact name; repeatable' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand checkpoint; and __fish_seen_subcommand_from show" -s p -l profile -d 'Profile of the settings file' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand checkpoint; and __fish_seen_subcommand_from show" -s o -l output -d 'Output format' -r -f -a "auto\t'Aligned columns on a terminal; otherwise tab-separated, with a header'
table\t'Aligned columns'
text\t'Names only, one per line'
json\t'One JSON document'
jsonl\t'One JSON object per line'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand checkpoint; and __fish_seen_subcommand_from show" -l config -d 'Settings file to use; `none` disables it' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand checkpoint; and __fish_seen_subcommand_from show" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal unless NO_COLOR, CLICOLOR or TERM forbids it, and whenever CLICOLOR_FORCE is set'
always\t'Always, and format everything as for a terminal'
never\t'Never'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand checkpoint; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help: a summary with -h, details and examples with --help'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand checkpoint; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print only data, warnings and errors; summarise only on failure'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand checkpoint; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Log every call and the total traffic; -vv adds request bodies'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand checkpoint; and __fish_seen_subcommand_from show" -l utc -d 'Show times in UTC on a terminal instead of local time'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand checkpoint; and __fish_seen_subcommand_from reset" -s d -l device -d 'Only the logs of a device; repeatable' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand checkpoint; and __fish_seen_subcommand_from reset" -s m -l module -d 'Only the logs of a module, by its exact name; repeatable' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand checkpoint; and __fish_seen_subcommand_from reset" -s p -l profile -d 'Profile of the settings file' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand checkpoint; and __fish_seen_subcommand_from reset" -s o -l output -d 'Output format' -r -f -a "auto\t'Aligned columns on a terminal; otherwise tab-separated, with a header'
table\t'Aligned columns'
text\t'Names only, one per line'
json\t'One JSON document'
jsonl\t'One JSON object per line'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand checkpoint; and __fish_seen_subcommand_from reset" -l config -d 'Settings file to use; `none` disables it' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand checkpoint; and __fish_seen_subcommand_from reset" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal unless NO_COLOR, CLICOLOR or TERM forbids it, and whenever CLICOLOR_FORCE is set'
always\t'Always, and format everything as for a terminal'
never\t'Never'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand checkpoint; and __fish_seen_subcommand_from reset" -l wait-lock -d 'Wait for a run that uses the checkpoint'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand checkpoint; and __fish_seen_subcommand_from reset" -s h -l help -d 'Print help: a summary with -h, details and examples with --help'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand checkpoint; and __fish_seen_subcommand_from reset" -s q -l quiet -d 'Print only data, warnings and errors; summarise only on failure'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand checkpoint; and __fish_seen_subcommand_from reset" -s v -l verbose -d 'Log every call and the total traffic; -vv adds request bodies'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand checkpoint; and __fish_seen_subcommand_from reset" -l utc -d 'Show times in UTC on a terminal instead of local time'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand checkpoint; and __fish_seen_subcommand_from help" -f -a "show" -d 'List the logs of a checkpoint, with the time of the last line that was printed'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand checkpoint; and __fish_seen_subcommand_from help" -f -a "reset" -d 'Forget where logs stand, so that the next run reads them from --since or from their first line'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand checkpoint; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand completions" -s p -l profile -d 'Profile of the settings file' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand completions" -l config -d 'Settings file to use; `none` disables it' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand completions" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal unless NO_COLOR, CLICOLOR or TERM forbids it, and whenever CLICOLOR_FORCE is set'
always\t'Always, and format everything as for a terminal'
never\t'Never'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand completions" -l dynamic -d 'Also complete the names of devices, modules and profiles'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand completions" -s q -l quiet -d 'Print only data, warnings and errors; summarise only on failure'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand completions" -s v -l verbose -d 'Log every call and the total traffic; -vv adds request bodies'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand completions" -l utc -d 'Show times in UTC on a terminal instead of local time'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand completions" -s h -l help -d 'Print help: a summary with -h, details and examples with --help'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and not __fish_seen_subcommand_from init show path use set unset edit profiles help" -s p -l profile -d 'Profile of the settings file' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and not __fish_seen_subcommand_from init show path use set unset edit profiles help" -l config -d 'Settings file to use; `none` disables it' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and not __fish_seen_subcommand_from init show path use set unset edit profiles help" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal unless NO_COLOR, CLICOLOR or TERM forbids it, and whenever CLICOLOR_FORCE is set'
always\t'Always, and format everything as for a terminal'
never\t'Never'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and not __fish_seen_subcommand_from init show path use set unset edit profiles help" -s q -l quiet -d 'Print only data, warnings and errors; summarise only on failure'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and not __fish_seen_subcommand_from init show path use set unset edit profiles help" -s v -l verbose -d 'Log every call and the total traffic; -vv adds request bodies'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and not __fish_seen_subcommand_from init show path use set unset edit profiles help" -l utc -d 'Show times in UTC on a terminal instead of local time'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and not __fish_seen_subcommand_from init show path use set unset edit profiles help" -s h -l help -d 'Print help: a summary with -h, details and examples with --help'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and not __fish_seen_subcommand_from init show path use set unset edit profiles help" -f -a "init" -d 'Create the settings file, or add a profile to it'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and not __fish_seen_subcommand_from init show path use set unset edit profiles help" -f -a "show" -d 'Show every setting with its value and origin'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and not __fish_seen_subcommand_from init show path use set unset edit profiles help" -f -a "path" -d 'Print the path of the settings file, even if it doesn\'t exist yet'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and not __fish_seen_subcommand_from init show path use set unset edit profiles help" -f -a "use" -d 'Set the default profile'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and not __fish_seen_subcommand_from init show path use set unset edit profiles help" -f -a "set" -d 'Change settings of a profile'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and not __fish_seen_subcommand_from init show path use set unset edit profiles help" -f -a "unset" -d 'Remove settings from a profile'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and not __fish_seen_subcommand_from init show path use set unset edit profiles help" -f -a "edit" -d 'Open the settings file in an editor, then check it'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and not __fish_seen_subcommand_from init show path use set unset edit profiles help" -f -a "profiles" -d 'List the profiles'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and not __fish_seen_subcommand_from init show path use set unset edit profiles help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from init" -l hub -d 'Hub to sign in to with Entra ID' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from init" -l connection-string-command -d 'Command that prints the hub\'s connection string' -r -f -a "(__fish_complete_command)"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from init" -s d -l device -d 'Default device; repeatable' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from init" -l set -d 'Any other setting, by the name of its flag; repeatable' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from init" -s p -l profile -d 'Profile of the settings file' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from init" -l auth -d 'How to sign in: auto, sas or entra' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from init" -l connection-string-file -d 'File with the hub\'s connection string' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from init" -l config -d 'Settings file to use; `none` disables it' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from init" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal unless NO_COLOR, CLICOLOR or TERM forbids it, and whenever CLICOLOR_FORCE is set'
always\t'Always, and format everything as for a terminal'
never\t'Never'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from init" -s h -l help -d 'Print help: a summary with -h, details and examples with --help'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from init" -l force -d 'Replace the profile if it exists'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from init" -s q -l quiet -d 'Print only data, warnings and errors; summarise only on failure'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from init" -s v -l verbose -d 'Log every call and the total traffic; -vv adds request bodies'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from init" -l utc -d 'Show times in UTC on a terminal instead of local time'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from show" -s p -l profile -d 'Profile of the settings file' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from show" -l config -d 'Settings file to use; `none` disables it' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from show" -s o -l output -d 'Output format' -r -f -a "auto\t'Aligned columns on a terminal; otherwise tab-separated, with a header'
table\t'Aligned columns'
text\t'Names only, one per line'
json\t'One JSON document'
jsonl\t'One JSON object per line'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from show" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal unless NO_COLOR, CLICOLOR or TERM forbids it, and whenever CLICOLOR_FORCE is set'
always\t'Always, and format everything as for a terminal'
never\t'Never'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print only data, warnings and errors; summarise only on failure'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Log every call and the total traffic; -vv adds request bodies'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from show" -l utc -d 'Show times in UTC on a terminal instead of local time'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help: a summary with -h, details and examples with --help'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from path" -s p -l profile -d 'Profile of the settings file' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from path" -l config -d 'Settings file to use; `none` disables it' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from path" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal unless NO_COLOR, CLICOLOR or TERM forbids it, and whenever CLICOLOR_FORCE is set'
always\t'Always, and format everything as for a terminal'
never\t'Never'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from path" -s q -l quiet -d 'Print only data, warnings and errors; summarise only on failure'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from path" -s v -l verbose -d 'Log every call and the total traffic; -vv adds request bodies'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from path" -l utc -d 'Show times in UTC on a terminal instead of local time'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from path" -s h -l help -d 'Print help: a summary with -h, details and examples with --help'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from use" -s p -l profile -d 'Profile of the settings file' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from use" -l config -d 'Settings file to use; `none` disables it' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from use" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal unless NO_COLOR, CLICOLOR or TERM forbids it, and whenever CLICOLOR_FORCE is set'
always\t'Always, and format everything as for a terminal'
never\t'Never'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from use" -s q -l quiet -d 'Print only data, warnings and errors; summarise only on failure'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from use" -s v -l verbose -d 'Log every call and the total traffic; -vv adds request bodies'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from use" -l utc -d 'Show times in UTC on a terminal instead of local time'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from use" -s h -l help -d 'Print help: a summary with -h, details and examples with --help'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from set" -s p -l profile -d 'Profile of the settings file' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from set" -l config -d 'Settings file to use; `none` disables it' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from set" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal unless NO_COLOR, CLICOLOR or TERM forbids it, and whenever CLICOLOR_FORCE is set'
always\t'Always, and format everything as for a terminal'
never\t'Never'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from set" -l all-profiles -d 'Set it for all profiles that don\'t set it themselves'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from set" -s q -l quiet -d 'Print only data, warnings and errors; summarise only on failure'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from set" -s v -l verbose -d 'Log every call and the total traffic; -vv adds request bodies'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from set" -l utc -d 'Show times in UTC on a terminal instead of local time'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help: a summary with -h, details and examples with --help'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from unset" -s p -l profile -d 'Profile of the settings file' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from unset" -l config -d 'Settings file to use; `none` disables it' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from unset" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal unless NO_COLOR, CLICOLOR or TERM forbids it, and whenever CLICOLOR_FORCE is set'
always\t'Always, and format everything as for a terminal'
never\t'Never'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from unset" -l all-profiles -d 'Remove it from the part of the file for all profiles'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from unset" -s q -l quiet -d 'Print only data, warnings and errors; summarise only on failure'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from unset" -s v -l verbose -d 'Log every call and the total traffic; -vv adds request bodies'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from unset" -l utc -d 'Show times in UTC on a terminal instead of local time'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from unset" -s h -l help -d 'Print help: a summary with -h, details and examples with --help'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from edit" -s p -l profile -d 'Profile of the settings file' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from edit" -l config -d 'Settings file to use; `none` disables it' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from edit" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal unless NO_COLOR, CLICOLOR or TERM forbids it, and whenever CLICOLOR_FORCE is set'
always\t'Always, and format everything as for a terminal'
never\t'Never'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from edit" -s q -l quiet -d 'Print only data, warnings and errors; summarise only on failure'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from edit" -s v -l verbose -d 'Log every call and the total traffic; -vv adds request bodies'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from edit" -l utc -d 'Show times in UTC on a terminal instead of local time'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from edit" -s h -l help -d 'Print help: a summary with -h, details and examples with --help'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from profiles" -s p -l profile -d 'Profile of the settings file' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from profiles" -l config -d 'Settings file to use; `none` disables it' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from profiles" -s o -l output -d 'Output format' -r -f -a "auto\t'Aligned columns on a terminal; otherwise tab-separated, with a header'
table\t'Aligned columns'
text\t'Names only, one per line'
json\t'One JSON document'
jsonl\t'One JSON object per line'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from profiles" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal unless NO_COLOR, CLICOLOR or TERM forbids it, and whenever CLICOLOR_FORCE is set'
always\t'Always, and format everything as for a terminal'
never\t'Never'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from profiles" -s q -l quiet -d 'Print only data, warnings and errors; summarise only on failure'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from profiles" -s v -l verbose -d 'Log every call and the total traffic; -vv adds request bodies'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from profiles" -l utc -d 'Show times in UTC on a terminal instead of local time'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from profiles" -s h -l help -d 'Print help: a summary with -h, details and examples with --help'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "init" -d 'Create the settings file, or add a profile to it'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show every setting with its value and origin'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "path" -d 'Print the path of the settings file, even if it doesn\'t exist yet'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "use" -d 'Set the default profile'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "set" -d 'Change settings of a profile'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "unset" -d 'Remove settings from a profile'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "edit" -d 'Open the settings file in an editor, then check it'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "profiles" -d 'List the profiles'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand sas; and not __fish_seen_subcommand_from check new help" -s p -l profile -d 'Profile of the settings file' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand sas; and not __fish_seen_subcommand_from check new help" -l config -d 'Settings file to use; `none` disables it' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand sas; and not __fish_seen_subcommand_from check new help" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal unless NO_COLOR, CLICOLOR or TERM forbids it, and whenever CLICOLOR_FORCE is set'
always\t'Always, and format everything as for a terminal'
never\t'Never'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand sas; and not __fish_seen_subcommand_from check new help" -s q -l quiet -d 'Print only data, warnings and errors; summarise only on failure'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand sas; and not __fish_seen_subcommand_from check new help" -s v -l verbose -d 'Log every call and the total traffic; -vv adds request bodies'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand sas; and not __fish_seen_subcommand_from check new help" -l utc -d 'Show times in UTC on a terminal instead of local time'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand sas; and not __fish_seen_subcommand_from check new help" -s h -l help -d 'Print help: a summary with -h, details and examples with --help'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand sas; and not __fish_seen_subcommand_from check new help" -f -a "check" -d 'Explain a SAS URL and what it can be used for'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand sas; and not __fish_seen_subcommand_from check new help" -f -a "new" -d 'Create a SAS URL for a container'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand sas; and not __fish_seen_subcommand_from check new help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand sas; and __fish_seen_subcommand_from check" -s p -l profile -d 'Profile of the settings file' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand sas; and __fish_seen_subcommand_from check" -l config -d 'Settings file to use; `none` disables it' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand sas; and __fish_seen_subcommand_from check" -s o -l output -d 'Output format' -r -f -a "auto\t''
table\t''
json\t''
jsonl\t''"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand sas; and __fish_seen_subcommand_from check" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal unless NO_COLOR, CLICOLOR or TERM forbids it, and whenever CLICOLOR_FORCE is set'
always\t'Always, and format everything as for a terminal'
never\t'Never'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand sas; and __fish_seen_subcommand_from check" -s q -l quiet -d 'Print only data, warnings and errors; summarise only on failure'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand sas; and __fish_seen_subcommand_from check" -s v -l verbose -d 'Log every call and the total traffic; -vv adds request bodies'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand sas; and __fish_seen_subcommand_from check" -l utc -d 'Show times in UTC on a terminal instead of local time'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand sas; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help: a summary with -h, details and examples with --help'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand sas; and __fish_seen_subcommand_from new" -l container -d 'Container that devices write to' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand sas; and __fish_seen_subcommand_from new" -l account -d 'Storage account, if no connection string names it' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand sas; and __fish_seen_subcommand_from new" -l account-key-file -d 'File with the account\'s key; - reads stdin' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand sas; and __fish_seen_subcommand_from new" -l blob-endpoint -d 'Blob endpoint of the account, if not at core.windows.net' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand sas; and __fish_seen_subcommand_from new" -l storage-connection-string-file -d 'File with the storage account\'s connection string; - reads stdin' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand sas; and __fish_seen_subcommand_from new" -l expiry -d 'How long the URL is valid, 5m to 7d' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand sas; and __fish_seen_subcommand_from new" -s p -l profile -d 'Profile of the settings file' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand sas; and __fish_seen_subcommand_from new" -s o -l output -d 'Output format' -r -f -a "text\t'Only the URL'
json\t'One JSON object'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand sas; and __fish_seen_subcommand_from new" -l ca-file -d 'File with additional root certificates to trust' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand sas; and __fish_seen_subcommand_from new" -l config -d 'Settings file to use; `none` disables it' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand sas; and __fish_seen_subcommand_from new" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal unless NO_COLOR, CLICOLOR or TERM forbids it, and whenever CLICOLOR_FORCE is set'
always\t'Always, and format everything as for a terminal'
never\t'Never'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand sas; and __fish_seen_subcommand_from new" -l entra -d 'Sign with your Entra ID identity instead of an account key'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand sas; and __fish_seen_subcommand_from new" -l download -d 'Also grant read and list, which `upload --download` needs'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand sas; and __fish_seen_subcommand_from new" -l no-overwrite -d 'Don\'t grant write, so that nothing in the container can be overwritten'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand sas; and __fish_seen_subcommand_from new" -s h -l help -d 'Print help: a summary with -h, details and examples with --help'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand sas; and __fish_seen_subcommand_from new" -s q -l quiet -d 'Print only data, warnings and errors; summarise only on failure'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand sas; and __fish_seen_subcommand_from new" -s v -l verbose -d 'Log every call and the total traffic; -vv adds request bodies'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand sas; and __fish_seen_subcommand_from new" -l utc -d 'Show times in UTC on a terminal instead of local time'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand sas; and __fish_seen_subcommand_from help" -f -a "check" -d 'Explain a SAS URL and what it can be used for'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand sas; and __fish_seen_subcommand_from help" -f -a "new" -d 'Create a SAS URL for a container'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand sas; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand doctor" -s d -l device -d 'Device to check' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand doctor" -l module-id -d 'The module that answers; quote it if it begins with $' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand doctor" -s p -l profile -d 'Profile of the settings file' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand doctor" -l hub -d 'The hub\'s host or name [env: EDGELOGS_HUB]' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand doctor" -l local -d 'Run the device module in this process, without a hub' -r -f -a "sample\t''
docker\t''
edged\t''"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand doctor" -s o -l output -d 'Output format' -r -f -a "auto\t''
table\t''
json\t''
jsonl\t''"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand doctor" -l config -d 'Settings file to use; `none` disables it' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand doctor" -l auth -d 'How to sign in [default: auto] [env: EDGELOGS_AUTH]' -r -f -a "auto\t'The hub\'s connection string if there is one, otherwise Entra ID'
sas\t'A connection string'
entra\t'Entra ID, even if there is a connection string'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand doctor" -l connection-string-file -d 'File with the hub\'s connection string; - reads stdin' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand doctor" -l ca-file -d 'File with additional root certificates to trust' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand doctor" -l source-utc-offset -d 'Offset from UTC of times in files that say none, such as +02:00' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand doctor" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal unless NO_COLOR, CLICOLOR or TERM forbids it, and whenever CLICOLOR_FORCE is set'
always\t'Always, and format everything as for a terminal'
never\t'Never'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand doctor" -s h -l help -d 'Print help: a summary with -h, details and examples with --help'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand doctor" -s q -l quiet -d 'Print only data, warnings and errors; summarise only on failure'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand doctor" -s v -l verbose -d 'Log every call and the total traffic; -vv adds request bodies'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand doctor" -l utc -d 'Show times in UTC on a terminal instead of local time'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand device; and not __fish_seen_subcommand_from run serve help" -s p -l profile -d 'Profile of the settings file' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand device; and not __fish_seen_subcommand_from run serve help" -l config -d 'Settings file to use; `none` disables it' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand device; and not __fish_seen_subcommand_from run serve help" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal unless NO_COLOR, CLICOLOR or TERM forbids it, and whenever CLICOLOR_FORCE is set'
always\t'Always, and format everything as for a terminal'
never\t'Never'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand device; and not __fish_seen_subcommand_from run serve help" -s q -l quiet -d 'Print only data, warnings and errors; summarise only on failure'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand device; and not __fish_seen_subcommand_from run serve help" -s v -l verbose -d 'Log every call and the total traffic; -vv adds request bodies'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand device; and not __fish_seen_subcommand_from run serve help" -l utc -d 'Show times in UTC on a terminal instead of local time'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand device; and not __fish_seen_subcommand_from run serve help" -s h -l help -d 'Print help: a summary with -h, details and examples with --help'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand device; and not __fish_seen_subcommand_from run serve help" -f -a "run" -d 'Answer direct methods on a device, as a module connected over MQTT'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand device; and not __fish_seen_subcommand_from run serve help" -f -a "serve" -d 'Serve a loopback IoT Hub with one or more devices'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand device; and not __fish_seen_subcommand_from run serve help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand device; and __fish_seen_subcommand_from run" -l source -d 'Where the logs come from: docker[:SOCKET], edged[:SOCKET] or dir:PATH' -r -f -a "sample\t''
docker\t''
edged\t''"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand device; and __fish_seen_subcommand_from run" -l cert-file -d 'Certificate chain that stands for the identity' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand device; and __fish_seen_subcommand_from run" -l key-file -d 'Key of --cert-file' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand device; and __fish_seen_subcommand_from run" -l token-lifetime -d 'How long each token is valid, 30s or more; a new one is used in time' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand device; and __fish_seen_subcommand_from run" -l file-root -d 'Allow uploads to file:// directories below DIR' -r -f -a "(__fish_complete_directories)"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand device; and __fish_seen_subcommand_from run" -l grace -d 'How long running requests and uploads may go on after SIGTERM' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand device; and __fish_seen_subcommand_from run" -l metrics-listen -d 'Serve /metrics for Prometheus, and /healthz, over plain HTTP' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand device; and __fish_seen_subcommand_from run" -s p -l profile -d 'Profile of the settings file' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand device; and __fish_seen_subcommand_from run" -l source-utc-offset -d 'Offset from UTC of times in files that say none, such as +02:00' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand device; and __fish_seen_subcommand_from run" -l connection-string-file -d 'File with a module\'s or device\'s connection string; - reads stdin' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand device; and __fish_seen_subcommand_from run" -l ca-file -d 'File with additional root certificates to trust' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand device; and __fish_seen_subcommand_from run" -l config -d 'Settings file to use; `none` disables it' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand device; and __fish_seen_subcommand_from run" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal unless NO_COLOR, CLICOLOR or TERM forbids it, and whenever CLICOLOR_FORCE is set'
always\t'Always, and format everything as for a terminal'
never\t'Never'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand device; and __fish_seen_subcommand_from run" -l direct -d 'Connect to the hub itself, even where a gateway is named'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand device; and __fish_seen_subcommand_from run" -l websocket -d 'Use MQTT over WebSocket on port 443, through the proxy in HTTPS_PROXY if it is set'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand device; and __fish_seen_subcommand_from run" -l secrets-in-bundles -d 'Don\'t redact what looks like a secret in the settings of support bundles'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand device; and __fish_seen_subcommand_from run" -l check -d 'Try identity, connection, subscription and source once, print the results, and end'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand device; and __fish_seen_subcommand_from run" -s h -l help -d 'Print help: a summary with -h, details and examples with --help'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand device; and __fish_seen_subcommand_from run" -s q -l quiet -d 'Print only data, warnings and errors; summarise only on failure'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand device; and __fish_seen_subcommand_from run" -s v -l verbose -d 'Log every call and the total traffic; -vv adds request bodies'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand device; and __fish_seen_subcommand_from run" -l utc -d 'Show times in UTC on a terminal instead of local time'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand device; and __fish_seen_subcommand_from serve" -l listen -d 'Address to listen on; port 0 picks a free one' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand device; and __fish_seen_subcommand_from serve" -l source -d 'Where the logs come from: sample, dir:PATH, docker[:SOCKET] or edged[:SOCKET]' -r -f -a "sample\t''
docker\t''
edged\t''"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand device; and __fish_seen_subcommand_from serve" -s d -l device -d 'Device ID' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand device; and __fish_seen_subcommand_from serve" -l simulate -d 'Serve N devices, ID-0001 and up, with the same logs' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand device; and __fish_seen_subcommand_from serve" -l tls-cert -d 'Use TLS with the certificate chain in this PEM file' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand device; and __fish_seen_subcommand_from serve" -l tls-key -d 'PEM file with the key of --tls-cert' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand device; and __fish_seen_subcommand_from serve" -s p -l profile -d 'Profile of the settings file' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand device; and __fish_seen_subcommand_from serve" -l source-utc-offset -d 'Offset from UTC of times in files that say none, such as +02:00' -r -f
complete -c edgelogs -n "__fish_edgelogs_using_subcommand device; and __fish_seen_subcommand_from serve" -l config -d 'Settings file to use; `none` disables it' -r -F
complete -c edgelogs -n "__fish_edgelogs_using_subcommand device; and __fish_seen_subcommand_from serve" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal unless NO_COLOR, CLICOLOR or TERM forbids it, and whenever CLICOLOR_FORCE is set'
always\t'Always, and format everything as for a terminal'
never\t'Never'"
complete -c edgelogs -n "__fish_edgelogs_using_subcommand device; and __fish_seen_subcommand_from serve" -l secrets-in-bundles -d 'Don\'t redact what looks like a secret in the settings of support bundles'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand device; and __fish_seen_subcommand_from serve" -l tls -d 'Use TLS with a new self-signed certificate'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand device; and __fish_seen_subcommand_from serve" -s h -l help -d 'Print help: a summary with -h, details and examples with --help'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand device; and __fish_seen_subcommand_from serve" -s q -l quiet -d 'Print only data, warnings and errors; summarise only on failure'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand device; and __fish_seen_subcommand_from serve" -s v -l verbose -d 'Log every call and the total traffic; -vv adds request bodies'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand device; and __fish_seen_subcommand_from serve" -l utc -d 'Show times in UTC on a terminal instead of local time'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand device; and __fish_seen_subcommand_from help" -f -a "run" -d 'Answer direct methods on a device, as a module connected over MQTT'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand device; and __fish_seen_subcommand_from help" -f -a "serve" -d 'Serve a loopback IoT Hub with one or more devices'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand device; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand help; and not __fish_seen_subcommand_from get upload bundle status devices modules ping restart invoke checkpoint completions config sas doctor device help" -f -a "get" -d 'Fetch module logs and print them'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand help; and not __fish_seen_subcommand_from get upload bundle status devices modules ping restart invoke checkpoint completions config sas doctor device help" -f -a "upload" -d 'Have a device upload module logs to Blob Storage'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand help; and not __fish_seen_subcommand_from get upload bundle status devices modules ping restart invoke checkpoint completions config sas doctor device help" -f -a "bundle" -d 'Have a device upload a support bundle to Blob Storage'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand help; and not __fish_seen_subcommand_from get upload bundle status devices modules ping restart invoke checkpoint completions config sas doctor device help" -f -a "status" -d 'Show or await the status of uploads and support bundles'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand help; and not __fish_seen_subcommand_from get upload bundle status devices modules ping restart invoke checkpoint completions config sas doctor device help" -f -a "devices" -d 'List the IoT Edge devices of a hub'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand help; and not __fish_seen_subcommand_from get upload bundle status devices modules ping restart invoke checkpoint completions config sas doctor device help" -f -a "modules" -d 'List modules and their state'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand help; and not __fish_seen_subcommand_from get upload bundle status devices modules ping restart invoke checkpoint completions config sas doctor device help" -f -a "ping" -d 'Check that edge agents respond'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand help; and not __fish_seen_subcommand_from get upload bundle status devices modules ping restart invoke checkpoint completions config sas doctor device help" -f -a "restart" -d 'Restart a module'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand help; and not __fish_seen_subcommand_from get upload bundle status devices modules ping restart invoke checkpoint completions config sas doctor device help" -f -a "invoke" -d 'Call any direct method of any module'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand help; and not __fish_seen_subcommand_from get upload bundle status devices modules ping restart invoke checkpoint completions config sas doctor device help" -f -a "checkpoint" -d 'Show or reset where `get --checkpoint` goes on'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand help; and not __fish_seen_subcommand_from get upload bundle status devices modules ping restart invoke checkpoint completions config sas doctor device help" -f -a "completions" -d 'Print a shell\'s completion script'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand help; and not __fish_seen_subcommand_from get upload bundle status devices modules ping restart invoke checkpoint completions config sas doctor device help" -f -a "config" -d 'Create, choose and show profiles'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand help; and not __fish_seen_subcommand_from get upload bundle status devices modules ping restart invoke checkpoint completions config sas doctor device help" -f -a "sas" -d 'Explain or create a SAS URL for Blob Storage'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand help; and not __fish_seen_subcommand_from get upload bundle status devices modules ping restart invoke checkpoint completions config sas doctor device help" -f -a "doctor" -d 'Check settings, hub, sign-in and device, in order'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand help; and not __fish_seen_subcommand_from get upload bundle status devices modules ping restart invoke checkpoint completions config sas doctor device help" -f -a "device" -d 'Run the device-side module'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand help; and not __fish_seen_subcommand_from get upload bundle status devices modules ping restart invoke checkpoint completions config sas doctor device help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand help; and __fish_seen_subcommand_from checkpoint" -f -a "show" -d 'List the logs of a checkpoint, with the time of the last line that was printed'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand help; and __fish_seen_subcommand_from checkpoint" -f -a "reset" -d 'Forget where logs stand, so that the next run reads them from --since or from their first line'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "init" -d 'Create the settings file, or add a profile to it'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "show" -d 'Show every setting with its value and origin'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "path" -d 'Print the path of the settings file, even if it doesn\'t exist yet'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "use" -d 'Set the default profile'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "set" -d 'Change settings of a profile'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "unset" -d 'Remove settings from a profile'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "edit" -d 'Open the settings file in an editor, then check it'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "profiles" -d 'List the profiles'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand help; and __fish_seen_subcommand_from sas" -f -a "check" -d 'Explain a SAS URL and what it can be used for'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand help; and __fish_seen_subcommand_from sas" -f -a "new" -d 'Create a SAS URL for a container'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand help; and __fish_seen_subcommand_from device" -f -a "run" -d 'Answer direct methods on a device, as a module connected over MQTT'
complete -c edgelogs -n "__fish_edgelogs_using_subcommand help; and __fish_seen_subcommand_from device" -f -a "serve" -d 'Serve a loopback IoT Hub with one or more devices'
