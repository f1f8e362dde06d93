using System.Net.Sockets;
using System.Security.Authentication;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Notifications.Sending;

namespace MetricsGrains.Notifications.Http;

/// <summary>Why there was no HTTP answer, for people. Names the host only: paths and queries hold secrets, and exceptions' texts may repeat them.</summary>
internal static class HttpFailure
{
    public static SendOutcome ToOutcome(HttpRequestException error, Uri url)
    {
        string host = url.Authority;
        for (Exception? cause = error; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case AddressRefusedException:
                    return SendOutcome.Rejected($"{url.Host} leads to a private address, which is refused {TargetUrl.HowToAllow}");
                case SocketException socket:
                    return SendOutcome.Retry(SocketFailure.TextOf(socket.SocketErrorCode, host));
                case AuthenticationException:
                    return SendOutcome.Retry($"no secure connection to {host}: {cause.Message}");
            }
        }
        return SendOutcome.Retry(error.HttpRequestError switch
        {
            HttpRequestError.ResponseEnded => $"{host} closed the connection without a whole answer",
            HttpRequestError.InvalidResponse => $"{host} answered something that is not HTTP",
            HttpRequestError.ConfigurationLimitExceeded => $"{host} answered with too long headers",
            HttpRequestError.SecureConnectionError => $"no secure connection to {host}",
            _ => $"the connection to {host} failed ({error.HttpRequestError})",
        });
    }
}
