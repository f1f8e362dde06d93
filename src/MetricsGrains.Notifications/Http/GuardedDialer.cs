using System.Net;
using System.Net.Sockets;

namespace MetricsGrains.Notifications.Http;

/// <summary>
/// Makes the connections of HTTP clients. The address that was checked is the one that is connected to, so that a name that means
/// something else at each look-up (DNS rebinding) does not help.
/// </summary>
/// <param name="resolve">Null: the system's resolver.</param>
internal sealed class GuardedDialer(bool allowPrivate, Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null)
{
    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _resolve = resolve ?? Dns.GetHostAddressesAsync;

    public bool AllowPrivate => allowPrivate;

    /// <exception cref="AddressRefusedException">None of the host's addresses is public.</exception>
    /// <exception cref="SocketException">None answers, or there is none.</exception>
    public async ValueTask<Stream> ConnectAsync(DnsEndPoint target, CancellationToken cancel)
    {
        IPAddress[] addresses = IPAddress.TryParse(target.Host, out IPAddress? literal) ? [literal] : await _resolve(target.Host, cancel);
        IPAddress[] allowed = allowPrivate ? addresses : [.. addresses.Where(PublicAddress.Is)];
        if (addresses.Length > 0 && allowed.Length == 0)
        {
            throw new AddressRefusedException();
        }
        SocketException last = new((int)SocketError.HostNotFound);
        foreach (IPAddress address in allowed)
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(address, target.Port, cancel);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException error)
            {
                socket.Dispose();
                last = error;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
        throw last;
    }
}
