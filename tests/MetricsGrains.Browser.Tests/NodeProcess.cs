using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using System.Text;
using System.Text.Json;

namespace MetricsGrains.Browser.Tests;

/// <summary>The real program in a process of its own, on free ports, with a data folder that goes with it.</summary>
public sealed class NodeProcess : IDisposable
{
    private static readonly TimeSpan s_startTimeout = TimeSpan.FromSeconds(60);

    private readonly string[] _arguments;
    private readonly StringBuilder _output = new();
    private readonly UdpClient _udp = new();
    private Process? _process;

    private NodeProcess(string[] arguments) => _arguments = arguments;

    public string DataPath { get; } = Directory.CreateTempSubdirectory("metricsgrains-browser-").FullName;

    public int HttpPort { get; private set; }

    public int UdpPort { get; private set; }

    public int TcpPort { get; private set; }

    public HttpClient Http { get; private set; } = new();

    public string BaseUrl => $"http://127.0.0.1:{HttpPort}/";

    /// <summary>What it wrote to standard output and standard error.</summary>
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

    public static string MetadataOf(string key) =>
        typeof(NodeProcess).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == key).Value!;

    public static async Task<NodeProcess> StartAsync(params string[] arguments)
    {
        var node = new NodeProcess(arguments);
        await node.LaunchAsync();
        return node;
    }

    /// <summary>Starts it again on the same ports and folder.</summary>
    public Task RestartAsync() => LaunchAsync();

    /// <summary>Ends it without a word, as a power cut would.</summary>
    public void Kill()
    {
        if (_process is { } process)
        {
            _process = null;
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
            process.WaitForExit();
            process.Dispose();
        }
    }

    /// <summary>One datagram.</summary>
    public void SendUdp(string lines)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(lines);
        _udp.Send(bytes, bytes.Length, new IPEndPoint(IPAddress.Loopback, UdpPort));
    }

    /// <summary>A datagram may be lost: sends until the node knows the metric.</summary>
    public Task SendUdpAndAwaitAsync(string lines, string metric) => Poll.UntilAsync(async () =>
    {
        SendUdp(lines);
        return await KnowsAsync(metric);
    }, $"the node to know {metric}");

    public async Task<bool> KnowsAsync(string metric)
    {
        using JsonDocument list = JsonDocument.Parse(await Http.GetStringAsync("api/v1/metrics?limit=1000&match=" + Uri.EscapeDataString(metric)));
        return list.RootElement.GetProperty("data").EnumerateArray().Any(m => m.GetProperty("name").GetString() == metric);
    }

    public void Dispose()
    {
        Kill();
        Http.Dispose();
        _udp.Dispose();
        Directory.Delete(DataPath, recursive: true);
    }

    private async Task LaunchAsync()
    {
        string program = MetadataOf("NodeProgram");
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = DataPath };
        string[] settings = [$"DataPath={DataPath}", "Address=127.0.0.1", $"Http:Port={HttpPort}", $"StatsD:UdpPort={UdpPort}", $"StatsD:TcpPort={TcpPort}"];
        foreach (string argument in (string[])[program, .. settings.Select(s => "--MetricsGrains:" + s), .. _arguments])
        {
            start.ArgumentList.Add(argument);
        }
        var listening = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, e) => Read(e.Data, listening);
        _process.ErrorDataReceived += (_, e) => Read(e.Data, listening);
        _process.Exited += (_, _) => listening.TrySetException(new InvalidOperationException("the node ended at once:\n" + Output));
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        HttpPort = await listening.Task.WaitAsync(s_startTimeout);
        Http.Dispose();
        Http = new HttpClient { BaseAddress = new Uri(BaseUrl) };
        using JsonDocument status = JsonDocument.Parse(await Http.GetStringAsync("api/v1/status"));
        JsonElement listeners = status.RootElement.GetProperty("listeners");
        (UdpPort, TcpPort) = (listeners.GetProperty("statsd_udp").GetInt32(), listeners.GetProperty("statsd_tcp").GetInt32());
    }

    private void Read(string? line, TaskCompletionSource<int> listening)
    {
        if (line is null)
        {
            return;
        }
        lock (_output)
        {
            _output.AppendLine(line);
        }
        if (line.TrimStart().StartsWith("Dashboard ", StringComparison.Ordinal))
        {
            listening.TrySetResult(new Uri(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]).Port);
        }
    }
}
