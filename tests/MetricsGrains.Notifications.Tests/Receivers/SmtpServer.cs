using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace MetricsGrains.Notifications.Tests.Receivers;

/// <summary>A mail as the server took it.</summary>
internal sealed record ReceivedMail(string From, IReadOnlyList<string> To, byte[] Raw, bool Encrypted, string User);

/// <summary>
/// A small real SMTP server: EHLO, STARTTLS or TLS, AUTH PLAIN and LOGIN, envelope, DATA without its stuffed dots. It refuses commands out of
/// order, bare line feeds and lines that are too long, as strict servers do. Source: RFC 5321, RFC 3207, RFC 4954.
/// </summary>
internal sealed class SmtpServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<ReceivedMail> _mails = new();
    private readonly ConcurrentQueue<string> _commands = new();
    private readonly Task _loop;

    public SmtpServer(X509Certificate2? certificate = null)
    {
        Certificate = certificate;
        _listener.Start();
        _loop = AcceptAsync();
    }

    public X509Certificate2? Certificate { get; }

    /// <summary>TLS from the first byte.</summary>
    public bool ImplicitTls { get; init; }

    /// <summary>What AUTH takes; empty: it is not offered.</summary>
    public string Mechanisms { get; init; } = "PLAIN LOGIN";

    public bool Utf8 { get; init; } = true;

    public string User { get; init; } = "alerts";

    public string Password { get; init; } = "pa55 wörd";

    /// <summary>Mail is only taken from who has authenticated.</summary>
    public bool DemandsUser { get; init; }

    /// <summary>Replies in place of the server's own, by the beginning of the command; "greeting", "end" (of the message) too. Null closes the connection.</summary>
    public Func<string, string?> Override { get; set; } = _ => "";

    /// <summary>Sent unencrypted right after STARTTLS's reply.</summary>
    public string Injected { get; init; } = "";

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public IReadOnlyList<ReceivedMail> Mails => [.. _mails];

    public ReceivedMail Only => Assert.Single(_mails);

    public IReadOnlyList<string> Commands => [.. _commands];

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _loop;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                using TcpClient client = await _listener.AcceptTcpClientAsync(_stop.Token);
                await new Session(this, client.GetStream()).RunAsync();
            }
            catch (Exception error) when (error is OperationCanceledException or SocketException or IOException or System.Security.Authentication.AuthenticationException)
            {
            }
        }
    }

    private sealed class Session(SmtpServer server, Stream stream)
    {
        private Stream _stream = stream;
        private bool _encrypted;
        private string _user = "";
        private string? _from;
        private readonly List<string> _to = [];
        private readonly byte[] _buffer = new byte[16 * 1024];
        private int _at;
        private int _end;

        public async Task RunAsync()
        {
            if (server.ImplicitTls)
            {
                await EncryptAsync();
            }
            if (!await ReplyAsync("greeting", "220 smtp.test ESMTP"))
            {
                return;
            }
            while (await ReadLineAsync(1000) is { } line)
            {
                server._commands.Enqueue(line);
                if (!await HandleAsync(line))
                {
                    break;
                }
            }
            await _stream.DisposeAsync();
        }

        private Task<bool> HandleAsync(string line)
        {
            string verb = line.Split(' ')[0].ToUpperInvariant();
            return verb switch
            {
                "EHLO" => HelloAsync(line),
                "STARTTLS" when server.Certificate is not null && !_encrypted => StartTlsAsync(),
                "AUTH" when server.Mechanisms.Length > 0 => AuthenticateAsync(line),
                "MAIL" when server.DemandsUser && _user.Length == 0 => ReplyAsync(line, "530 5.7.0 Authentication required"),
                "MAIL" => MailAsync(line),
                "RCPT" when _from is not null => RecipientAsync(line),
                "DATA" when _to.Count > 0 => DataAsync(),
                "QUIT" => QuitAsync(),
                _ => ReplyAsync(line, "503 5.5.1 Bad sequence of commands"),
            };
        }

        private Task<bool> HelloAsync(string line)
        {
            string[] offers = [.. new[]
            {
                "smtp.test greets you", server.Certificate is not null && !_encrypted ? "STARTTLS" : "", server.Mechanisms.Length > 0 ? "AUTH " + server.Mechanisms : "", server.Utf8 ? "SMTPUTF8" : "", "8BITMIME",
            }.Where(o => o.Length > 0)];
            return ReplyAsync(line, string.Join("\r\n", offers.Select((o, i) => $"250{(i == offers.Length - 1 ? ' ' : '-')}{o}")));
        }

        private async Task<bool> StartTlsAsync()
        {
            if (!await ReplyAsync("STARTTLS", "220 2.0.0 Go ahead" + (server.Injected.Length > 0 ? "\r\n" + server.Injected : "")))
            {
                return false;
            }
            await EncryptAsync();
            _user = "";
            return true;
        }

        private async Task EncryptAsync()
        {
            var secure = new SslStream(_stream);
            await secure.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = server.Certificate }, server._stop.Token);
            _stream = secure;
            _encrypted = true;
        }

        private async Task<bool> AuthenticateAsync(string line)
        {
            string[] words = line.Split(' ');
            string user, password;
            if (words[1] == "PLAIN")
            {
                string[] parts = Decode(words[2]).Split('\0');
                (user, password) = (parts[1], parts[2]);
            }
            else
            {
                await WriteAsync("334 " + Convert.ToBase64String("Username:"u8) + "\r\n");
                user = Decode(await ReadLineAsync(1000) ?? "");
                await WriteAsync("334 " + Convert.ToBase64String("Password:"u8) + "\r\n");
                password = Decode(await ReadLineAsync(1000) ?? "");
            }
            bool right = user == server.User && password == server.Password;
            _user = right ? user : "";
            return await ReplyAsync("AUTH", right ? "235 2.7.0 Accepted" : "535 5.7.8 Username and Password not accepted");
        }

        private async Task<bool> MailAsync(string line)
        {
            _from = Between(line);
            _to.Clear();
            return await ReplyAsync(line, "250 2.1.0 Ok");
        }

        private async Task<bool> RecipientAsync(string line)
        {
            string reply = server.Override(line) ?? "";
            if (reply.Length == 0 || reply[0] == '2')
            {
                _to.Add(Between(line));
            }
            return await ReplyAsync(line, "250 2.1.5 Ok");
        }

        private async Task<bool> DataAsync()
        {
            if (!await ReplyAsync("DATA", "354 End data with <CR><LF>.<CR><LF>"))
            {
                return false;
            }
            using var raw = new MemoryStream();
            while (await ReadLineAsync(998) is { } line && line != ".")
            {
                raw.Write(Encoding.UTF8.GetBytes((line.StartsWith('.') ? line[1..] : line) + "\r\n"));
            }
            server._mails.Enqueue(new ReceivedMail(_from!, [.. _to], raw.ToArray(), _encrypted, _user));
            return await ReplyAsync("end", "250 2.0.0 Ok: queued as ABC123");
        }

        private async Task<bool> QuitAsync()
        {
            await ReplyAsync("QUIT", "221 2.0.0 Bye");
            return false;
        }

        private async Task<bool> ReplyAsync(string command, string reply)
        {
            string? other = server.Override(command);
            if (other is null)
            {
                await _stream.DisposeAsync();
                return false;
            }
            await WriteAsync((other.Length > 0 ? other : reply) + "\r\n");
            return true;
        }

        private async Task WriteAsync(string text)
        {
            await _stream.WriteAsync(Encoding.UTF8.GetBytes(text), server._stop.Token);
            await _stream.FlushAsync(server._stop.Token);
        }

        private async Task<string?> ReadLineAsync(int maxBytes)
        {
            var line = new List<byte>();
            while (await NextByteAsync() is { } next)
            {
                line.Add(next);
                if (next == '\n')
                {
                    Assert.True(line.Count > 1 && line[^2] == '\r', "a bare line feed");
                    Assert.True(line.Count <= maxBytes + 2, $"a line of {line.Count} bytes");
                    return Encoding.UTF8.GetString([.. line], 0, line.Count - 2);
                }
            }
            return null;
        }

        private async ValueTask<byte?> NextByteAsync()
        {
            if (_at == _end)
            {
                _at = 0;
                _end = await _stream.ReadAsync(_buffer, server._stop.Token);
            }
            return _end == 0 ? null : _buffer[_at++];
        }

        private static string Between(string line) => line[(line.IndexOf('<') + 1)..line.IndexOf('>')];

        private static string Decode(string base64) => Encoding.UTF8.GetString(Convert.FromBase64String(base64));
    }
}
