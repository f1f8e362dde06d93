using System.Globalization;

namespace MetricsGrains.Silo.Tests;

/// <summary>A process whose clock is off, by libfaketime. What measures time that passes is right, as on a machine whose clock was set wrong.</summary>
internal static class FakeClock
{
    private static readonly string? s_library = Find();

    /// <summary>Null: clocks can be faked here. Else why not.</summary>
    public static string? Missing => s_library is null ? "no libfaketime here: install Debian's package faketime" : null;

    // By default it takes deadlines by the monotonic clock for some by the wall clock: behind that, every wait would end at once, and threads would spin.
    private const string RealDeadlines = "FAKETIME_FORCE_MONOTONIC_FIX=0";

    public static SiloSeat Seat(TimeSpan ahead) =>
        SiloSeat.Here with { Prefix = ["env", $"LD_PRELOAD={s_library}", string.Create(CultureInfo.InvariantCulture, $"FAKETIME={(int)ahead.TotalSeconds:+0;-0}s"), "FAKETIME_DONT_FAKE_MONOTONIC=1", RealDeadlines] };

    private static string? Find() => Directory.Exists("/usr/lib") ? Directory.EnumerateFiles("/usr/lib", "libfaketimeMT.so.1", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 3 }).FirstOrDefault() : null;
}
