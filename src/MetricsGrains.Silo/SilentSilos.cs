using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using MetricsGrains.Server.Options;
using MetricsGrains.Storage.Postgres;

namespace MetricsGrains.Silo;

/// <summary>
/// Silos that are alive in the table of silos and answer nobody: all died together, and come back at other addresses. A silo that joins must reach all that are
/// alive, and declares those dead that have given no sign of life for a while before it began: so it must not begin earlier.
/// </summary>
/// <param name="silence">How long a silo must be silent before it may be taken for dead.</param>
internal sealed partial class SilentSilos(PostgresClusterOwner database, ClusterOptions cluster, TimeSpan silence, TimeProvider time, ILogger<SilentSilos> logger)
{
    private static readonly TimeSpan s_answer = TimeSpan.FromSeconds(1);

    /// <summary>Waits until there are none that are not silent for long enough; at most twice that long, for clocks may be off.</summary>
    /// <returns>Whether there are silos that do not answer, however long they have been silent.</returns>
    public async Task<bool> WaitAsync(CancellationToken cancel)
    {
        long started = time.GetTimestamp();
        bool isTold = false, hasDead = false;
        while (time.GetElapsedTime(started) < silence * 2)
        {
            SeenSilo[] living = [.. (await database.LivingAsync(cluster.ClusterId, cancel)).Where(s => !IsHere(s))];
            bool[] answer = await Task.WhenAll(living.Select(s => AnswersAsync(s, cancel)));
            SeenSilo[] dead = [.. living.Where((_, i) => !answer[i])], silent = [.. dead.Where(s => s.Silence <= silence)];
            hasDead |= dead.Length > 0;
            if (silent.Length == 0)
            {
                return hasDead;
            }
            if (!isTold)
            {
                isTold = true;
                LogWaits(logger, string.Join(", ", silent.Select(s => $"{s.Name} at {s.Address}:{s.Port}")), silence.TotalSeconds);
            }
            await Task.Delay(s_answer, time, cancel);
        }
        return hasDead;
    }

    /// <summary>Where this silo will be: a silo takes one at its own address for its predecessor.</summary>
    private bool IsHere(SeenSilo silo) => silo.Port == cluster.SiloPort
        && (silo.Address.ToString() == cluster.AdvertisedAddress || NetworkInterface.GetAllNetworkInterfaces().SelectMany(i => i.GetIPProperties().UnicastAddresses).Any(a => a.Address.Equals(silo.Address)));

    private static async Task<bool> AnswersAsync(SeenSilo silo, CancellationToken cancel)
    {
        using var socket = new Socket(silo.Address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        either.CancelAfter(s_answer);
        try
        {
            await socket.ConnectAsync(new IPEndPoint(silo.Address, silo.Port), either.Token);
            return true;
        }
        catch (Exception error) when (error is SocketException or OperationCanceledException && !cancel.IsCancellationRequested)
        {
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Silos that do not answer are still in the table of silos as alive: {Silos}. Waiting until the others declare them dead, or they have been silent for {Seconds} s.")]
    private static partial void LogWaits(ILogger logger, string silos, double seconds);
}
