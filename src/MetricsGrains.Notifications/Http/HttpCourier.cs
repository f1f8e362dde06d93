using System.Net.Http.Headers;
using System.Net.Security;
using System.Text;
using MetricsGrains.Notifications.Sending;

namespace MetricsGrains.Notifications.Http;

/// <summary>
/// Posts JSON over HTTP(S): to checked addresses only, no redirects, no cookies, no proxy (which would look names up itself, unchecked),
/// bounded answers. Thread-safe; lives as long as the process.
/// </summary>
internal sealed class HttpCourier
{
    public const int MaxBodyBytes = 64 * 1024;

    /// <summary>A receiver has taken the message when it sends its status; the rest of its answer is only worth so long a wait.</summary>
    private static readonly TimeSpan s_bodyLimit = TimeSpan.FromSeconds(5);

    private readonly HttpClient _client;
    private readonly TimeProvider _time;

    /// <param name="trust">Null: the system's trust in certificates.</param>
    public HttpCourier(GuardedDialer dialer, TimeProvider time, RemoteCertificateValidationCallback? trust = null)
    {
        AllowPrivate = dialer.AllowPrivate;
        _time = time;
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            // Traces keep addresses, and these hold secrets.
            ActivityHeadersPropagator = null,
            MaxResponseHeadersLength = 32,
            MaxResponseDrainSize = 0,
            // Alerts are rare: a connection kept for long is most likely dead when it is needed, and its address was checked long ago.
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(15),
            PooledConnectionLifetime = TimeSpan.FromMinutes(1),
            ConnectCallback = (context, cancel) => dialer.ConnectAsync(context.DnsEndPoint, cancel),
        };
        handler.SslOptions.RemoteCertificateValidationCallback = trust;
        _client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        _client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("MetricsGrains", typeof(HttpCourier).Assembly.GetName().Version?.ToString(3)));
    }

    public bool AllowPrivate { get; }

    /// <param name="headers">Checked before: names are tokens, values have no line breaks.</param>
    /// <exception cref="SendFailedException">There was no answer.</exception>
    public async Task<HttpAnswer> PostAsync(Uri url, ReadOnlyMemory<byte> json, IReadOnlyList<KeyValuePair<string, string>> headers, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ReadOnlyMemoryContent(json) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json", "utf-8");
        foreach ((string name, string value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }
        HttpResponseMessage response;
        try
        {
            response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
        }
        catch (HttpRequestException error)
        {
            throw new SendFailedException(HttpFailure.ToOutcome(error, url));
        }
        using (response)
        {
            (string body, bool whole) = await ReadBodyAsync(response, cancel);
            return new HttpAnswer((int)response.StatusCode, body, whole, RetryAfter.Of(response.Headers.RetryAfter, _time.GetUtcNow()));
        }
    }

    private async Task<(string Body, bool Whole)> ReadBodyAsync(HttpResponseMessage response, CancellationToken cancel)
    {
        using var limit = new CancellationTokenSource(s_bodyLimit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, limit.Token);
        byte[] buffer = new byte[MaxBodyBytes];
        int used = 0;
        bool whole = false;
        try
        {
            await using Stream stream = await response.Content.ReadAsStreamAsync(either.Token);
            while (used < buffer.Length)
            {
                int read = await stream.ReadAsync(buffer.AsMemory(used), either.Token);
                if (read == 0)
                {
                    whole = true;
                    break;
                }
                used += read;
            }
        }
        // The status has come; how the rest went is told by Whole.
        catch (Exception error) when (error is IOException or HttpRequestException || (error is OperationCanceledException && !cancel.IsCancellationRequested))
        {
        }
        return (Encoding.UTF8.GetString(buffer, 0, used), whole);
    }
}
