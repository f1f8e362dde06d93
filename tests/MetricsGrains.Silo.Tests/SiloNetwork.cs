using System.Diagnostics;
using System.Globalization;

namespace MetricsGrains.Silo.Tests;

/// <summary>
/// A network namespace for each silo, all behind one bridge, so that the way between any two can be cut. PostgreSQL is reached through its Unix socket, which no
/// namespace hides. Needs root and Linux.
/// </summary>
internal sealed class SiloNetwork : IDisposable
{
    // Interfaces' names have 15 characters at most.
    private readonly string _name = string.Create(CultureInfo.InvariantCulture, $"mg{Environment.ProcessId % 100_000}");
    private readonly string _subnet = string.Create(CultureInfo.InvariantCulture, $"10.{100 + (Environment.ProcessId % 100)}.{Environment.ProcessId / 100 % 256}");
    private readonly int _places;

    public SiloNetwork(int places)
    {
        _places = places;
        Run($"ip link add {_name} type bridge && ip addr add {_subnet}.254/24 dev {_name} && ip link set {_name} up");
        for (int place = 0; place < places; place++)
        {
            Run($"""
                ip netns add {_name}-{place} && ip link add {_name}v{place} type veth peer name eth0 netns {_name}-{place} && ip link set {_name}v{place} master {_name} up
                ip -n {_name}-{place} addr add {AddressOf(place)}/24 dev eth0 && ip -n {_name}-{place} link set eth0 up && ip -n {_name}-{place} link set lo up
                """);
        }
    }

    /// <summary>Null: namespaces can be made here. Else why not.</summary>
    public static string? Missing { get; } = TryRun("ip netns add mg-probe && ip netns delete mg-probe") is { } fault ? "no network namespaces here, they need root and iproute2: " + fault : null;

    public SiloSeat SeatOf(int place) => new(AddressOf(place), ["ip", "netns", "exec", $"{_name}-{place}"]);

    /// <summary>Packets between two of them are lost from now on.</summary>
    public void Cut(int one, int other)
    {
        Run($"ip -n {_name}-{one} route add blackhole {AddressOf(other)}/32");
        Run($"ip -n {_name}-{other} route add blackhole {AddressOf(one)}/32");
    }

    public void Heal(int one, int other)
    {
        Run($"ip -n {_name}-{one} route del blackhole {AddressOf(other)}/32");
        Run($"ip -n {_name}-{other} route del blackhole {AddressOf(one)}/32");
    }

    public void Dispose()
    {
        for (int place = 0; place < _places; place++)
        {
            // Connections of killed silos may keep one for a moment; it goes with them.
            TryRun($"ip netns delete {_name}-{place}");
        }
        TryRun($"ip link delete {_name}");
    }

    private string AddressOf(int place) => string.Create(CultureInfo.InvariantCulture, $"{_subnet}.{place + 1}");

    private static void Run(string script)
    {
        if (TryRun(script) is { } fault)
        {
            throw new InvalidOperationException($"{script}: {fault}");
        }
    }

    /// <returns>Null: it worked.</returns>
    private static string? TryRun(string script)
    {
        try
        {
            using Process shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-e", "-c", script]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            string fault = shell.StandardError.ReadToEnd();
            shell.WaitForExit();
            return shell.ExitCode == 0 ? null : fault.Trim();
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            return error.Message;
        }
    }
}
