using MetricsGrains.Core.Ports;

namespace MetricsGrains.Server.Cluster;

/// <summary>Asks a grain again for a while, whatever it was that failed: silos come and go, and the next call may go elsewhere. For calls that are safe to repeat.</summary>
internal static class PatientCall
{
    private static readonly TimeSpan s_for = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);

    /// <param name="what">For messages: "the rule 5d…".</param>
    /// <exception cref="GrainUnavailableException">It was not answered for ten seconds.</exception>
    public static async Task<T> AskAsync<T>(string what, Func<Task<T>> ask, TimeProvider time, CancellationToken cancel)
    {
        long started = time.GetTimestamp();
        while (true)
        {
            try
            {
                return await ask();
            }
            catch (Exception error) when (!cancel.IsCancellationRequested)
            {
                if (time.GetElapsedTime(started) >= s_for)
                {
                    throw new GrainUnavailableException($"{what} is not answered for: {error.Message}", error);
                }
            }
            await Task.Delay(s_pause, time, cancel);
        }
    }
}
