using System.CommandLine;
using MetricsGrains.Server.Options;
using MetricsGrains.Storage.Reports;

namespace MetricsGrains.Server.Operations;

/// <summary>metricsgrains store report</summary>
internal static class ReportCommand
{
    private static readonly Option<string> s_file = new("--file") { Description = "A SQLite file, such as a backup, instead of the configured store.", HelpName = "FILE" };
    private static readonly Option<bool> s_quick = new("--quick") { Description = "Don't read the rows: no sizes of metrics, no partial rows. At once, however big the store is." };
    private static readonly Option<bool> s_check = new("--check") { Description = "Check the SQLite file's integrity too." };
    private static readonly Option<int> s_top = new("--top") { Description = "How many metrics to list, biggest first.", DefaultValueFactory = _ => 20, HelpName = "N" };
    private static readonly Option<bool> s_json = new("--json") { Description = "As JSON, for programs." };

    public static Command Create(OperatorContext context)
    {
        var command = new Command("report", "How big and how old the store is: tables, metrics, cursors. Reads only, beside a running node.") { s_file, s_quick, s_check, s_top, s_json };
        command.SetAction((parsed, cancel) => context.RunAsync(options => RunAsync(context, options, parsed, cancel)));
        return command;
    }

    private static async Task<int> RunAsync(OperatorContext context, NodeOptions options, ParseResult parsed, CancellationToken cancel)
    {
        string? file = parsed.GetValue(s_file);
        bool postgres = file is null && options.StoreConnectionString.Length > 0;
        if (postgres && parsed.GetValue(s_check))
        {
            return await OperatorContext.UsageAsync("--check is for SQLite; PostgreSQL has pg_amcheck, and data checksums (initdb --data-checksums).");
        }
        var scope = new ReportScope(!parsed.GetValue(s_quick), parsed.GetValue(s_check), Math.Max(0, parsed.GetValue(s_top)), options.Retention);
        StoreReport report = postgres
            ? await new PostgresReport(options.StoreConnectionString, context.Time).ReadAsync(scope, cancel)
            : await new SqliteReport(Path.GetFullPath(file ?? options.StorePath), context.Time).ReadAsync(scope, cancel);
        if (parsed.GetValue(s_json))
        {
            await Console.Out.WriteLineAsync(ReportJson.Of(report));
        }
        else
        {
            ReportText.Write(report, Console.Out);
        }
        if (report.Integrity is null or "ok")
        {
            return ExitCode.Done;
        }
        await Console.Error.WriteLineAsync("The file is damaged: restore it from a backup (docs/operations.md).");
        return ExitCode.CheckFailed;
    }
}
