using System.Diagnostics;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;

namespace MetricsGrains.Node.Tests;

/// <summary>The real program, on free ports. Ended with the test that started it, whatever becomes of that.</summary>
internal sealed partial class NodeProcess : IAsyncDisposable
{
    internal static readonly string Assembly = typeof(NodeProcess).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "NodeAssembly").Value!;

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private NodeProcess(IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment, string workingDirectory)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = workingDirectory };
        start.ArgumentList.Add(Path.GetFullPath(Assembly));
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }
        // Settings of whoever runs the tests must not leak in.
        foreach (string key in start.Environment.Keys.Where(k => k.StartsWith("MetricsGrains", StringComparison.OrdinalIgnoreCase) || k.StartsWith("ASPNETCORE", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            start.Environment.Remove(key);
        }
        foreach ((string key, string value) in environment)
        {
            start.Environment[key] = value;
        }
        _process = Process.Start(start)!;
        AppDomain.CurrentDomain.ProcessExit += KillAtExit;
        _process.OutputDataReceived += (_, line) => Take(line.Data);
        _process.ErrorDataReceived += (_, line) => Take(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public HttpClient Http { get; } = new() { Timeout = TimeSpan.FromMinutes(2) };

    public int HttpPort { get; private set; }

    public int UdpPort { get; private set; }

    public int TcpPort { get; private set; }

    /// <summary>Everything printed so far, both streams.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>Highest resident memory so far, bytes. Source: proc(5), VmHWM.</summary>
    public long PeakMemory => 1024 * long.Parse(File.ReadLines($"/proc/{_process.Id}/status").First(l => l.StartsWith("VmHWM:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Starts a node on free ports over a data folder and waits until it is ready.</summary>
    /// <param name="settings">"Http:MaxBodyBytes=1024"; the section is put before.</param>
    public static async Task<NodeProcess> StartAsync(string dataPath, params string[] settings)
    {
        NodeProcess node = Launch(dataPath, ["Http:Port=0", "StatsD:UdpPort=0", "StatsD:TcpPort=0", "Address=127.0.0.1", .. settings]);
        try
        {
            await Task.WhenAny(node._ready.Task, node._process.WaitForExitAsync()).WaitAsync(TimeSpan.FromMinutes(2));
            Assert.True(node._ready.Task.IsCompleted, "the node did not start:\n" + node.Output);
            Match http = HttpLine().Match(node.Output), statsD = StatsDLine().Match(node.Output);
            node.HttpPort = Port(http, 1);
            node.UdpPort = Port(statsD, 1);
            node.TcpPort = Port(statsD, 2);
            node.Http.BaseAddress = new Uri($"http://127.0.0.1:{node.HttpPort}");
            return node;
        }
        catch
        {
            await node.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs a node that is expected to end by itself.</summary>
    public static async Task<(int ExitCode, string Output)> RunToEndAsync(string dataPath, IReadOnlyList<string> settings, IReadOnlyDictionary<string, string>? environment = null)
    {
        await using NodeProcess node = Launch(dataPath, settings, environment);
        await node._process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(2));
        return (node._process.ExitCode, node.Output);
    }

    /// <summary>Asks the node to stop, as systemd or Kubernetes does, and waits until it has.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> StopAsync()
    {
        using (Process kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]))
        {
            await kill.WaitForExitAsync();
        }
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(2));
        return _process.ExitCode;
    }

    /// <param name="signal">"STOP", "CONT".</param>
    public async Task SignalAsync(string signal)
    {
        using Process kill = Process.Start("kill", [$"-{signal}", $"{_process.Id}"]);
        await kill.WaitForExitAsync();
    }

    /// <summary>kill -9: the process gets no chance to do anything more.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }
        AppDomain.CurrentDomain.ProcessExit -= KillAtExit;
        Http.Dispose();
        _process.Dispose();
    }

    private static NodeProcess Launch(string dataPath, IEnumerable<string> settings, IReadOnlyDictionary<string, string>? environment = null)
    {
        Directory.CreateDirectory(dataPath);
        return new NodeProcess([$"--MetricsGrains:DataPath={dataPath}", .. settings.Select(s => "--MetricsGrains:" + s)], environment ?? new Dictionary<string, string>(), dataPath);
    }

    private static int Port(Match match, int group) => match.Success ? int.Parse(match.Groups[group].Value, System.Globalization.CultureInfo.InvariantCulture) : -1;

    private void Take(string? line)
    {
        if (line is null)
        {
            return;
        }
        lock (_output)
        {
            _output.AppendLine(line);
        }
        if (line.StartsWith("Ready.", StringComparison.Ordinal))
        {
            _ready.TrySetResult();
        }
    }

    private void KillAtExit(object? sender, EventArgs e) => _process.Kill();

    [GeneratedRegex(@"Dashboard\s+http://localhost:(\d+)/")]
    private static partial Regex HttpLine();

    [GeneratedRegex(@"StatsD\s+UDP (\d+), TCP (\d+)")]
    private static partial Regex StatsDLine();
}
