using System.CommandLine;
using MetricsGrains.Core.Ports;
using MetricsGrains.Server.Options;
using MetricsGrains.Storage.Sqlite;

namespace MetricsGrains.Server.Operations;

/// <summary>metricsgrains store backup</summary>
internal static class BackupCommand
{
    private static readonly Argument<string> s_file = new("file") { Description = "Where to write it. Must not exist." };
    private static readonly Option<string> s_from = new("--from") { Description = "The SQLite file. Without it: metrics.db in the data folder.", HelpName = "FILE" };

    public static Command Create(OperatorContext context)
    {
        var command = new Command("backup", "Write the SQLite store, as it is at this moment, into one file, and the alerts.db beside it into another (FILE.alerts.db), while a node goes on. Checks them, and overwrites nothing. PostgreSQL has pg_dump.") { s_file, s_from };
        command.SetAction((parsed, cancel) => context.RunAsync(options => RunAsync(context, options, parsed, cancel)));
        return command;
    }

    private static async Task<int> RunAsync(OperatorContext context, NodeOptions options, ParseResult parsed, CancellationToken cancel)
    {
        string? named = parsed.GetValue(s_from);
        if (named is null && options.StoreConnectionString.Length > 0)
        {
            return await OperatorContext.UsageAsync("The store that is configured is PostgreSQL: back it up with 'pg_dump -Fc' (docs/operations.md), or name a SQLite file with --from.");
        }
        string from = Path.GetFullPath(named ?? options.StorePath), to = Path.GetFullPath(parsed.GetRequiredValue(s_file));
        string alerts = AlertsFile.Beside(from), alertsTo = AlertsFile.BackupBeside(to);
        if (alerts != from && File.Exists(alerts))
        {
            if (File.Exists(to))
            {
                // Before one of the two is there without the other.
                throw new StoreConfigurationException($"'{to}' exists already, and a backup overwrites nothing; choose another name.");
            }
            await Console.Out.WriteLineAsync($"Wrote '{alertsTo}', {Figures.Bytes(await new SqliteBackup(alerts).WriteAsync(alertsTo, (_, _) => { }, cancel))}, checked. It holds the channels' secrets.");
        }
        long bytes = await ProgressDisplays.ForConsole(context.Time).RunAsync(
            show => new SqliteBackup(from).WriteAsync(to, (done, total) => show(new StageProgress("Copying", "", done, total, "bytes")), cancel));
        await Console.Out.WriteLineAsync($"Wrote '{to}', {Figures.Bytes(bytes)}, checked.");
        await Console.Out.WriteLineAsync("It holds what was flushed. What is only in the log is not in it: docs/operations.md says what to keep together.");
        return ExitCode.Done;
    }
}
