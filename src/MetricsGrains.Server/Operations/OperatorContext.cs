using MetricsGrains.Core.Ports;
using MetricsGrains.Server.Composition;
using MetricsGrains.Server.Options;
using Microsoft.Extensions.Configuration;

namespace MetricsGrains.Server.Operations;

/// <summary>What the commands share: the node's settings, read as the node reads them, and how failures are said.</summary>
/// <param name="isSilo">Whether the settings of a cluster are known: a silo's commands run in its environment.</param>
internal sealed class OperatorContext(IReadOnlyList<string> settings, bool isSilo, TimeProvider time)
{
    public TimeProvider Time => time;

    /// <summary>Runs a command's body with the settings and turns its failures into a message and an exit code.</summary>
    public async Task<int> RunAsync(Func<NodeOptions, Task<int>> body)
    {
        var configuration = new ConfigurationBuilder();
        NodeConfiguration.AddTo(configuration, settings);
        var options = NodeOptions.Read(configuration.Build(), isSilo, out IReadOnlyList<string> mistakes);
        if (mistakes.Count > 0)
        {
            await Console.Error.WriteLineAsync($"{mistakes.Count} setting{(mistakes.Count == 1 ? " is" : "s are")} wrong.");
            foreach (string mistake in mistakes)
            {
                await Console.Error.WriteLineAsync("  " + mistake);
            }
            return ExitCode.Usage;
        }
        try
        {
            return await body(options);
        }
        catch (Exception error) when (error is StoreConfigurationException or StoreUnavailableException or IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync(error.Message);
            return ExitCode.Failed;
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync("Stopped before the end.");
            return ExitCode.Failed;
        }
    }

    public static async Task<int> UsageAsync(string message)
    {
        await Console.Error.WriteLineAsync(message);
        return ExitCode.Usage;
    }
}
