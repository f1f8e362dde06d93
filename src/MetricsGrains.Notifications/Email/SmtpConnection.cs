using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Notifications.Http;
using MetricsGrains.Notifications.Sending;

namespace MetricsGrains.Notifications.Email;

/// <summary>
/// Commands and replies with one SMTP server. The BCL's SmtpClient is not used: it knows neither AUTH PLAIN nor TLS from the first byte, lets
/// a certificate be judged only process-wide, and dates mails by the wall clock. Source: RFC 5321, RFC 3207.
/// </summary>
internal sealed class SmtpConnection : IAsyncDisposable
{
    // RFC 5321 allows 512; some servers say more.
    private const int MaxLineBytes = 4096;
    private const int MaxLines = 100;

    private readonly string _server;
    private readonly byte[] _buffer = new byte[MaxLineBytes];
    private Stream _stream;
    private int _start;
    private int _end;

    private SmtpConnection(Stream stream, string server, IPAddress local)
    {
        _stream = stream;
        _server = server;
        Local = local;
    }

    /// <summary>This end's address, which names it to the server.</summary>
    public IPAddress Local { get; }

    /// <exception cref="SendFailedException">There is no connection.</exception>
    public static async Task<SmtpConnection> OpenAsync(EmailSettings settings, CancellationToken cancel)
    {
        try
        {
            // A mail server in the own network is the rule, so no address is refused.
            Stream stream = await new GuardedDialer(allowPrivate: true).ConnectAsync(new DnsEndPoint(settings.Host, settings.Port), cancel);
            var local = (IPEndPoint?)((NetworkStream)stream).Socket.LocalEndPoint;
            return new SmtpConnection(stream, settings.Server, local?.Address ?? IPAddress.Loopback);
        }
        catch (SocketException error)
        {
            throw new SendFailedException(SendOutcome.Retry(SocketFailure.TextOf(error.SocketErrorCode, settings.Server)));
        }
    }

    /// <exception cref="SendFailedException">The certificate is not trusted, or there is no TLS.</exception>
    public async Task SecureAsync(string host, RemoteCertificateValidationCallback? trust, CancellationToken cancel)
    {
        // What came unencrypted after the reply could be anybody's (CVE-2011-0411).
        if (_start != _end)
        {
            throw new SendFailedException(SendOutcome.Retry($"{_server} sent more than its reply before TLS began"));
        }
        var secure = new SslStream(_stream, leaveInnerStreamOpen: false);
        try
        {
            await secure.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = host, RemoteCertificateValidationCallback = trust }, cancel);
        }
        catch (Exception error) when (error is AuthenticationException or IOException)
        {
            await secure.DisposeAsync();
            throw new SendFailedException(SendOutcome.Retry($"no secure connection to {_server}: {error.Message}"));
        }
        _stream = secure;
    }

    /// <param name="command">Without line break.</param>
    public async Task<SmtpReply> CommandAsync(string command, CancellationToken cancel)
    {
        await WriteAsync(Encoding.UTF8.GetBytes(command + "\r\n"), cancel);
        return await ReadReplyAsync(cancel);
    }

    public async Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancel)
    {
        try
        {
            await _stream.WriteAsync(bytes, cancel);
            await _stream.FlushAsync(cancel);
        }
        catch (IOException)
        {
            throw Closed();
        }
    }

    /// <exception cref="SendFailedException">The server closed the connection, or what it says is not SMTP.</exception>
    public async Task<SmtpReply> ReadReplyAsync(CancellationToken cancel)
    {
        var lines = new List<string>();
        int? code = null;
        while (lines.Count < MaxLines)
        {
            string line = await ReadLineAsync(cancel);
            if (!TryParse(line, out int lineCode, out bool last) || (code ?? lineCode) != lineCode)
            {
                throw NotSmtp();
            }
            code = lineCode;
            lines.Add(line.Length > 4 ? line[4..] : "");
            if (last)
            {
                return new SmtpReply(lineCode, lines);
            }
        }
        throw NotSmtp();
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private static bool TryParse(string line, out int code, out bool last)
    {
        last = line.Length == 3 || (line.Length > 3 && line[3] == ' ');
        code = 0;
        if (line.Length < 3 || !(last || line[3] == '-') || line.AsSpan(0, 3).ContainsAnyExceptInRange('0', '9'))
        {
            return false;
        }
        code = ((line[0] - '0') * 100) + ((line[1] - '0') * 10) + (line[2] - '0');
        return code is >= 200 and < 600;
    }

    private async Task<string> ReadLineAsync(CancellationToken cancel)
    {
        for (int searched = _start; ;)
        {
            int newline = _buffer.AsSpan(searched.._end).IndexOf((byte)'\n');
            if (newline >= 0)
            {
                string line = Encoding.UTF8.GetString(_buffer, _start, searched + newline - _start).TrimEnd('\r');
                _start = searched + newline + 1;
                return line;
            }
            _buffer.AsSpan(_start.._end).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
            searched = _end;
            if (_end == _buffer.Length)
            {
                throw NotSmtp();
            }
            _end += await FillAsync(cancel);
        }
    }

    private async Task<int> FillAsync(CancellationToken cancel)
    {
        try
        {
            int read = await _stream.ReadAsync(_buffer.AsMemory(_end), cancel);
            return read > 0 ? read : throw Closed();
        }
        catch (IOException)
        {
            throw Closed();
        }
    }

    private SendFailedException Closed() => new(SendOutcome.Retry($"{_server} closed the connection"));

    private SendFailedException NotSmtp() => new(SendOutcome.Retry($"{_server} answered something that is not SMTP"));
}
