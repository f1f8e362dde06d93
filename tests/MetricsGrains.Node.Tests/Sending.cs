using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace MetricsGrains.Node.Tests;

/// <summary>Ways to send to a node.</summary>
internal static class Sending
{
    public static Task UdpAsync(this NodeProcess node, string datagram) => node.UdpAsync(Encoding.UTF8.GetBytes(datagram));

    public static async Task UdpAsync(this NodeProcess node, byte[] datagram)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        await socket.SendToAsync(datagram, new IPEndPoint(IPAddress.Loopback, node.UdpPort));
    }

    public static async Task TcpAsync(this NodeProcess node, byte[] stream)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, node.TcpPort);
        for (int sent = 0; sent < stream.Length;)
        {
            sent += await socket.SendAsync(stream.AsMemory(sent));
        }
        socket.Shutdown(SocketShutdown.Send);
        // The node closes its side once it has read everything.
        Assert.Equal(0, await socket.ReceiveAsync(new byte[1]));
    }

    public static Task TcpAsync(this NodeProcess node, string stream) => node.TcpAsync(Encoding.UTF8.GetBytes(stream));

    public static Task<PointsReply> PostAsync(this NodeProcess node, string body, string? key = null) => node.PostAsync(Encoding.UTF8.GetBytes(body), null, key);

    public static async Task<PointsReply> PostAsync(this NodeProcess node, byte[] body, string? encoding, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/points") { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        if (encoding is not null)
        {
            request.Content.Headers.ContentEncoding.Add(encoding);
        }
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }
        using HttpResponseMessage response = await node.Http.SendAsync(request);
        return new PointsReply((int)response.StatusCode, JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement, response.Headers.RetryAfter?.ToString());
    }

    public static byte[] Compressed(string text, Func<Stream, Stream> with)
    {
        var bytes = new MemoryStream();
        using (Stream stream = with(bytes))
        {
            stream.Write(Encoding.UTF8.GetBytes(text));
        }
        return bytes.ToArray();
    }

    /// <summary>A gigabyte of zeros in about a megabyte: gzip members may follow one another.</summary>
    public static byte[] GzipBomb()
    {
        byte[] member = Compressed(new string('\0', 16 << 20), s => new GZipStream(s, CompressionLevel.Optimal));
        return [.. Enumerable.Repeat(member, 64).SelectMany(m => m)];
    }
}

/// <summary>The answer to POST /api/v1/points.</summary>
internal sealed record PointsReply(int Status, JsonElement Body, string? RetryAfter)
{
    public long Accepted => Body.GetProperty("accepted").GetInt64();

    public IReadOnlyList<int> RejectedIndexes => [.. Body.GetProperty("rejected").EnumerateArray().Select(r => r.GetProperty("index").GetInt32())];

    public string ReasonOf(int index) => Body.GetProperty("rejected").EnumerateArray().First(r => r.GetProperty("index").GetInt32() == index).GetProperty("reason").GetString()!;

    public string Error => Body.GetProperty("error").GetString()!;
}
