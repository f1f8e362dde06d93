using System.CommandLine;
using System.Globalization;
using MetricsGrains.Server.Options;
using MetricsGrains.Storage.Transfer;

namespace MetricsGrains.Server.Operations;

/// <summary>metricsgrains store migrate</summary>
internal static class MigrateCommand
{
    /// <summary>Metrics listed at the end unless all are asked for.</summary>
    private const int MetricsListed = 20;

    private static readonly Option<string> s_from = new("--from") { Description = "The SQLite file. Without it: metrics.db in the data folder.", HelpName = "FILE" };
    private static readonly Option<string> s_to = new("--to") { Description = "The PostgreSQL database, empty: \"Host=…;Database=…;Username=…;Password=…\". Without it: the setting MetricsGrains:Store:ConnectionString.", HelpName = "CONNECTION" };
    private static readonly Option<bool> s_restart = new("--restart") { Description = "Throw away what an earlier migration that did not end has copied, and begin anew." };
    private static readonly Option<int> s_batchRows = new("--batch-rows") { Description = "Rows in a transaction, at most.", DefaultValueFactory = _ => 50_000, HelpName = "N" };
    private static readonly Option<bool> s_allMetrics = new("--all-metrics") { Description = $"List every metric at the end, not the {MetricsListed} with most rows." };

    static MigrateCommand() => s_batchRows.Validators.Add(option =>
    {
        if (option.GetValueOrDefault<int>() < 1)
        {
            option.AddError("--batch-rows must be at least 1.");
        }
    });

    public static Command Create(OperatorContext context)
    {
        var command = new Command(
            "migrate",
            "Copy a SQLite store, and the alerts.db beside it, into PostgreSQL, so that a node goes on there with the log it has. The node must be stopped. Killed or stopped, it goes on where it was when it is run again; at the end both stores are read and compared.")
        {
            s_from, s_to, s_restart, s_batchRows, s_allMetrics,
        };
        command.SetAction((parsed, cancel) => context.RunAsync(options => RunAsync(context, options, parsed, cancel)));
        return command;
    }

    private static async Task<int> RunAsync(OperatorContext context, NodeOptions options, ParseResult parsed, CancellationToken cancel)
    {
        string to = parsed.GetValue(s_to) ?? options.StoreConnectionString;
        if (to.Length == 0)
        {
            return await OperatorContext.UsageAsync($"Name the PostgreSQL database: --to \"Host=…;Database=…;Username=…;Password=…\", or the setting {NodeOptions.Section}:Store:ConnectionString.");
        }
        string from = Path.GetFullPath(parsed.GetValue(s_from) ?? options.StorePath);
        var transfer = new StoreTransfer(
            new StoreTransferOptions { SqlitePath = from, AlertsPath = AlertsFile.Beside(from), ConnectionString = to, Restart = parsed.GetValue(s_restart), BatchRows = parsed.GetValue(s_batchRows) }, context.Time);
        TransferResult result = await ProgressDisplays.ForConsole(context.Time).RunAsync(show => transfer.RunAsync(p => show(Stage(p)), cancel));
        if (result.AlreadyFinished is { } finished)
        {
            await Console.Out.WriteLineAsync($"Nothing to do: this store was migrated, and that was verified, at {Figures.Time(finished)}.");
            return ExitCode.Done;
        }
        return Report(result, parsed.GetValue(s_allMetrics) ? int.MaxValue : MetricsListed, from);
    }

    private static StageProgress Stage(TransferProgress progress) => progress.Stage switch
    {
        TransferStage.Opening => new StageProgress("Opening", progress.Subject, 0, 0, "rows"),
        TransferStage.Copying => new StageProgress("Copying", progress.Subject, progress.Done, progress.Total, "rows"),
        _ => new StageProgress("Verifying", progress.Subject, progress.Done, progress.Total, "rows"),
    };

    private static int Report(TransferResult result, int metrics, string from)
    {
        TextWriter output = Console.Out;
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Copied {result.RowsCopied:N0} rows in {result.Copying.TotalSeconds:N1} s ({result.RowsCopied / Math.Max(0.001, result.Copying.TotalSeconds):N0} rows/s){(result.Resumed ? ", the rest by an earlier run" : "")}; compared in {result.Verifying.TotalSeconds:N1} s."));
        output.WriteLine();
        WriteTables(output, result);
        WriteMetrics(output, result, metrics);
        if (result.DamagedBlocks > 0)
        {
            output.WriteLine($"{result.DamagedBlocks:N0} raw blocks of the SQLite store are damaged and were left out, as they are left out of its answers.");
        }
        if (!result.IsVerified)
        {
            Console.Error.WriteLine($"The copy is NOT the same as '{from}', and nodes will not start on it:");
            foreach (string mismatch in result.Mismatches)
            {
                Console.Error.WriteLine("  " + mismatch);
            }
            Console.Error.WriteLine("Something else wrote to the database meanwhile, or lost what was written. See to that, then run this again with --restart.");
            return ExitCode.CheckFailed;
        }
        output.WriteLine($"Verified: PostgreSQL holds what '{from}' holds, which was left as it is.");
        output.WriteLine($"Now start the node with {NodeOptions.Section}:Store:ConnectionString set and the same data folder: what is only in its log comes from there.");
        return ExitCode.Done;
    }

    private static void WriteTables(TextWriter output, TransferResult result)
    {
        var table = new TextTable("table", "rows in SQLite", "in PostgreSQL", "samples in SQLite", "in PostgreSQL", "");
        foreach (TableComparison t in result.Tables)
        {
            table.Add(
                t.Name, Figures.Count(t.Source.Rows), Figures.Count(t.Target.Rows), Figures.Number(t.Source.Samples), Figures.Number(t.Target.Samples),
                t.Source.Digest == t.Target.Digest ? "equal" : "DIFFERS");
        }
        table.Write(output);
        output.WriteLine("  (PostgreSQL cuts raw blocks at full hours, so it may have more of them.)");
        output.WriteLine();
    }

    private static void WriteMetrics(TextWriter output, TransferResult result, int most)
    {
        var table = new TextTable("metric", "table", "rows in SQLite", "in PostgreSQL", "samples", "sum in SQLite", "in PostgreSQL", "");
        // What differs is never left out.
        MetricComparison[] listed = [.. result.Metrics.Where((m, i) => i < most || m.Source.Digest != m.Target.Digest)];
        foreach (MetricComparison m in listed)
        {
            table.Add(
                m.Metric, m.Table, Figures.Count(m.Source.Rows), Figures.Count(m.Target.Rows), Figures.Number(m.Source.Samples), Figures.Number(m.Source.Sum), Figures.Number(m.Target.Sum),
                m.Source.Digest == m.Target.Digest ? "equal" : "DIFFERS");
        }
        table.Write(output);
        if (listed.Length < result.Metrics.Count)
        {
            output.WriteLine($"  and {result.Metrics.Count - listed.Length:N0} more, all equal (--all-metrics lists them)");
        }
        output.WriteLine();
    }
}
