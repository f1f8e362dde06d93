using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace MetricsGrains.Crash.Tests;

/// <summary>The real program over a data folder, on free ports, to be killed. Ended with the test, whatever becomes of that.</summary>
internal sealed partial class CrashNode : IAsyncDisposable
{
    /// <summary>Flushes, raw blocks and derived hours every fifth of a second, so that short rounds meet many of them.</summary>
    public static readonly string[] Busy = ["Flush:Interval=00:00:00.2", "Flush:RawInterval=00:00:00.2", "Flush:DeriveInterval=00:00:00.2"];

    private static readonly string Assembly = typeof(CrashNode).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "NodeAssembly").Value!;

    private readonly Process _process;
    private bool _isDisposed;
    private readonly StringBuilder _output = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private CrashNode(IReadOnlyList<string> command, string dataPath, IEnumerable<string> settings)
    {
        Directory.CreateDirectory(dataPath);
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = dataPath };
        foreach (string setting in (IEnumerable<string>)[$"DataPath={dataPath}", "Http:Port=0", "StatsD:UdpPort=-1", "StatsD:TcpPort=-1", "Address=127.0.0.1", "Cardinality:MaxSeriesPerMetric=1000000", .. settings])
        {
            start.ArgumentList.Add("--MetricsGrains:" + setting);
        }
        // Settings of whoever runs the tests must not leak in.
        foreach (string key in start.Environment.Keys.Where(k => k.StartsWith("MetricsGrains", StringComparison.OrdinalIgnoreCase) || k.StartsWith("ASPNETCORE", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            start.Environment.Remove(key);
        }
        _process = Process.Start(start)!;
        AppDomain.CurrentDomain.ProcessExit += KillAtExit;
        _process.OutputDataReceived += (_, line) => Take(line.Data);
        _process.ErrorDataReceived += (_, line) => Take(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public HttpClient Http { get; } = new() { Timeout = TimeSpan.FromMinutes(2) };

    public bool HasExited => _process.HasExited;

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

    /// <summary>Starts the program and does not wait for it.</summary>
    public static CrashNode Launch(string dataPath, params string[] settings) => LaunchCommand(CommandOf(Assembly), dataPath, settings);

    /// <summary>As <see cref="Launch"/>, of another program that is a node: a silo.</summary>
    /// <param name="command">The process that takes the settings, and what it is given before them.</param>
    public static CrashNode LaunchCommand(IReadOnlyList<string> command, string dataPath, params string[] settings) => new(command, dataPath, settings);

    /// <summary>Runs a program.</summary>
    /// <param name="program">The path of its assembly.</param>
    public static string[] CommandOf(string program) => ["dotnet", Path.GetFullPath(program)];

    /// <summary>Starts the program and waits until it is ready.</summary>
    public static Task<CrashNode> StartAsync(string dataPath, params string[] settings) => StartCommandAsync(CommandOf(Assembly), "127.0.0.1", dataPath, settings);

    /// <summary>As <see cref="StartAsync"/>, of another program that is a node: a silo.</summary>
    /// <param name="command">See <see cref="LaunchCommand"/>.</param>
    /// <param name="host">Where it listens.</param>
    public static async Task<CrashNode> StartCommandAsync(IReadOnlyList<string> command, string host, string dataPath, params string[] settings)
    {
        var node = new CrashNode(command, dataPath, settings);
        try
        {
            await Task.WhenAny(node._ready.Task, node._process.WaitForExitAsync(), Task.Delay(Eventually.Deadline));
            Assert.True(node._ready.Task.IsCompleted, "the node did not start:\n" + node.Output);
            node.Http.BaseAddress = new Uri($"http://{host}:{HttpLine().Match(node.Output).Groups[1].Value}");
            return node;
        }
        catch
        {
            await node.DisposeAsync();
            throw;
        }
    }

    public Task WaitUntilReadyAsync() => _ready.Task;

    /// <summary>kill -9: the process gets no chance to do anything more.</summary>
    /// <returns>False: it had ended before, or was about to end by itself.</returns>
    public async Task<bool> KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        // Who dies of signal 9 exits with 128 and that.
        return _process.ExitCode == 137;
    }

    public async Task SignalAsync(string signal)
    {
        using Process kill = Process.Start("kill", ["-" + signal, _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    /// <returns>The exit code.</returns>
    public async Task<int> WaitForExitAsync()
    {
        await Eventually.TrueAsync(() => Task.FromResult(_process.HasExited), () => "it ends\n" + Output);
        // What it printed last, too.
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }

    /// <summary>Asks the node to stop, as systemd or Kubernetes does, and waits until it has.</summary>
    public async Task<int> StopAsync()
    {
        await SignalAsync("TERM");
        return await WaitForExitAsync();
    }

    public async Task<(int Status, JsonElement Body)> GetAsync(string path)
    {
        using HttpResponseMessage response = await Http.GetAsync(new Uri(path, UriKind.Relative));
        using JsonDocument body = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return ((int)response.StatusCode, body.RootElement.Clone());
    }

    /// <summary>Waits until /health/ready answers so.</summary>
    /// <returns>The reason it gives.</returns>
    public async Task<string> ReadinessAsync(int status)
    {
        (int Status, JsonElement Body) ready = default;
        await Eventually.TrueAsync(async () => (ready = await GetAsync("/health/ready")).Status == status, () => $"readiness {status}, but {ready.Status} {ready.Body}\n{Output}");
        return ready.Body.GetProperty("reason").GetString() ?? "";
    }

    /// <summary>Waits until this was printed: the console's lines come after an answer, by way of a queue and a pipe.</summary>
    public Task SaysAsync(string text) => Eventually.TrueAsync(() => Task.FromResult(Output.Contains(text, StringComparison.Ordinal)), () => $"it says '{text}'\n{Output}");

    public async ValueTask DisposeAsync()
    {
        // Whoever else has it may dispose of it too: an error from here would hide why a test failed.
        if (Interlocked.Exchange(ref _isDisposed, true))
        {
            return;
        }
        if (!_process.HasExited)
        {
            await KillAsync();
        }
        AppDomain.CurrentDomain.ProcessExit -= KillAtExit;
        Http.Dispose();
        _process.Dispose();
    }

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
}
