using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace MetricsGrains.Benchmarks;

/// <summary>The real node, or a silo, in a process of its own, with a folder of its own, whose processor time can be read.</summary>
internal sealed class NodeUnderLoad : IDisposable
{
    private const string NodeProgram = "src/MetricsGrains.Node/bin/Release/net10.0/metricsgrains.dll";
    private const string SiloProgram = "src/MetricsGrains.Silo/bin/Release/net10.0/metricsgrains-silo.dll";

    private readonly Process _process;
    private readonly string _folder;
    private readonly ConcurrentBag<string> _said = [];
    private bool _ownsFolder;

    private NodeUnderLoad(Process process, string folder)
    {
        _process = process;
        _folder = folder;
        AppDomain.CurrentDomain.ProcessExit += KillAtExit;
    }

    public int HttpPort { get; private set; }

    public int TcpPort { get; private set; }

    public HttpClient Http { get; } = new() { Timeout = TimeSpan.FromMinutes(10) };

    /// <summary>Processor time the server has used so far, user and system.</summary>
    public TimeSpan CpuTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Memory the server took when it took most.</summary>
    public long PeakBytes
    {
        get
        {
            _process.Refresh();
            return _process.PeakWorkingSet64;
        }
    }

    public static async Task<NodeUnderLoad> StartAsync(params string[] arguments)
    {
        NodeUnderLoad node = await StartOverAsync(Directory.CreateTempSubdirectory("metricsgrains-bench-").FullName, arguments);
        node._ownsFolder = true;
        return node;
    }

    /// <summary>Over a folder that is there and stays.</summary>
    public static Task<NodeUnderLoad> StartOverAsync(string folder, params string[] arguments) => LaunchAsync(NodeProgram, folder, arguments);

    /// <summary>A silo over a folder that is there and stays.</summary>
    /// <exception cref="InvalidOperationException">It is not built, which the solution does not do.</exception>
    public static Task<NodeUnderLoad> StartSiloOverAsync(string folder, params string[] arguments) => LaunchAsync(SiloProgram, folder, arguments);

    /// <summary>What the server printed from this word on, in the first line that has it.</summary>
    public string Said(string word) => _said.Select(l => (l, l.IndexOf(word, StringComparison.Ordinal))).FirstOrDefault(l => l.Item2 >= 0) is (string line, int at) ? line[at..] : "";

    /// <summary>Sum of our own counter over its tags, from the exposition.</summary>
    public async Task<double> CounterAsync(string name)
    {
        string text = await Http.GetStringAsync("/metrics");
        return text.Split('\n').Where(l => l.StartsWith(name + "{", StringComparison.Ordinal) || l.StartsWith(name + " ", StringComparison.Ordinal))
            .Sum(l => double.Parse(l.AsSpan(l.LastIndexOf(' ') + 1), CultureInfo.InvariantCulture));
    }

    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= KillAtExit;
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        Http.Dispose();
        if (_ownsFolder)
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private static async Task<NodeUnderLoad> LaunchAsync(string path, string folder, string[] arguments)
    {
        string program = Path.Combine(Root(), path);
        if (!File.Exists(program))
        {
            throw new InvalidOperationException($"{program} is not there. Build it: dotnet build -c Release {path[..path.IndexOf("/bin/", StringComparison.Ordinal)]} (a silo is in no solution, and needs Orleans' packages: see docs/cluster.md)");
        }
        string[] settings = [program, "--MetricsGrains:DataPath=" + folder, "--MetricsGrains:Http:Port=0", "--MetricsGrains:StatsD:UdpPort=0", "--MetricsGrains:StatsD:TcpPort=0", "--MetricsGrains:Address=127.0.0.1", .. arguments];
        var node = new NodeUnderLoad(Process.Start(new ProcessStartInfo("dotnet", settings) { RedirectStandardOutput = true })!, folder);
        while (await node._process.StandardOutput.ReadLineAsync() is { } line)
        {
            node._said.Add(line);
            if (line.TrimStart().StartsWith("Dashboard", StringComparison.Ordinal))
            {
                node.HttpPort = new Uri(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]).Port;
                break;
            }
        }
        if (node.HttpPort == 0)
        {
            throw new InvalidOperationException("the node did not start: " + string.Join('\n', node._said));
        }
        _ = node.ListenAsync();
        node.Http.BaseAddress = new Uri($"http://127.0.0.1:{node.HttpPort}");
        using JsonDocument status = JsonDocument.Parse(await node.Http.GetStringAsync("/api/v1/status"));
        node.TcpPort = status.RootElement.GetProperty("listeners").GetProperty("statsd_tcp").GetInt32();
        return node;
    }

    /// <summary>Whoever ends a benchmark halfway must not have servers left over that wait for it.</summary>
    private void KillAtExit(object? sender, EventArgs e) => _process.Kill();

    private async Task ListenAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            _said.Add(line);
        }
    }

    private static string Root()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "MetricsGrains.sln")))
        {
            folder = folder.Parent;
        }
        return folder?.FullName ?? throw new InvalidOperationException("MetricsGrains.sln not found above " + AppContext.BaseDirectory);
    }
}
