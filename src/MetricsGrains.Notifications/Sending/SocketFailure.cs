using System.Net.Sockets;

namespace MetricsGrains.Notifications.Sending;

/// <summary>Why there is no connection, for people.</summary>
internal static class SocketFailure
{
    /// <param name="host">Host and port.</param>
    public static string TextOf(SocketError error, string host) => error switch
    {
        SocketError.ConnectionRefused => $"{host} refused the connection",
        SocketError.HostNotFound or SocketError.NoData => $"{host}: no such host",
        SocketError.TryAgain => $"{host}: its name could not be looked up now",
        SocketError.HostUnreachable or SocketError.NetworkUnreachable => $"{host} can't be reached from here",
        SocketError.TimedOut => $"{host} does not answer",
        SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown => $"{host} closed the connection without a whole answer",
        _ => $"the connection to {host} failed ({error})",
    };
}
