using System.CommandLine;

namespace MetricsGrains.Server.Operations;

/// <summary>The operator's commands: <c>metricsgrains store migrate | backup | report</c> and <c>metricsgrains health</c>.</summary>
internal static class OperatorCommandLine
{
    private const string Store = "store";

    /// <summary>Whether the first word of the command line leads here instead of starting a node.</summary>
    public static bool Takes(IReadOnlyList<string> args) => args is [Store or HealthCommand.Name, ..];

    /// <param name="args">The whole command line. Settings (--MetricsGrains:KEY=VALUE) may stand anywhere in it.</param>
    /// <param name="isSilo">Whether the settings of a cluster are known.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> args, bool isSilo, TimeProvider time)
    {
        SettingArguments split = SettingArguments.Of(args);
        var context = new OperatorContext(split.Settings, isSilo, time);
        var store = new Command(Store, "Look after the store: move it to PostgreSQL, back it up, see how big it is.")
        {
            MigrateCommand.Create(context), BackupCommand.Create(context), ReportCommand.Create(context),
        };
        var root = new RootCommand("MetricsGrains: the operator's commands. Without one of them a node is started.") { store, HealthCommand.Create(context) };
        ParseResult parsed = root.Parse([.. split.Words]);
        if (parsed.Errors.Count > 0)
        {
            foreach (System.CommandLine.Parsing.ParseError error in parsed.Errors)
            {
                await Console.Error.WriteLineAsync(error.Message);
            }
            await Console.Error.WriteLineAsync($"'metricsgrains {args[0]} --help' shows what there is.");
            return ExitCode.Usage;
        }
        // Long enough to end a transaction in order; what is killed later goes on where it was all the same.
        return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromSeconds(10) });
    }
}
