using System.Diagnostics;
using Orleans.Runtime;

namespace MetricsGrains.Silo;

/// <summary>
/// Ends the process when its silo can't go on, in words that say what to do. Orleans' own way is to abort, with a stack trace and a core dump, for what is
/// no fault of the program: a machine that stood still.
/// </summary>
internal sealed class SiloEnd : IFatalErrorHandler
{
    public bool IsUnexpected(Exception exception) => true;

    public void OnFatalException(object? sender = null, string? context = null, Exception? exception = null)
    {
        // Not the logger: its queue dies with the process.
        Console.Error.WriteLine(IsDeath(context, exception)
            ? "MetricsGrains ends: The other silos took this one for dead, because it did not answer them for seconds: its machine was suspended or overloaded, or the network failed. Its metrics live in them now. What it has acknowledged is in its log and counts when it is started again over the same data folder; let systemd, Docker or Kubernetes do that. If it happens often, look for pauses of this machine."
            : $"MetricsGrains ends: Orleans can't go on ({context}: {exception?.Message}). Start this silo again; what it has acknowledged is in its log. Please report this with what follows.\n{exception}");
        // At once: nothing here may be written or handed over any more, what others have taken over is theirs. An exit in order waits for those who wait for this.
        Process.GetCurrentProcess().Kill();
    }

    /// <summary>Orleans has no other sign of it than its words.</summary>
    private static bool IsDeath(string? context, Exception? exception) => exception is null && context?.Contains("I am dead", StringComparison.Ordinal) == true;
}
