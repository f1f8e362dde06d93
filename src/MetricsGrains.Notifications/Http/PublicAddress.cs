using System.Net;
using System.Net.Sockets;

namespace MetricsGrains.Notifications.Http;

/// <summary>
/// Which addresses belong to the public Internet. Everything else (private, loopback, link-local with the clouds' metadata services,
/// shared, multicast, documentation, reserved) can be a way into the network that the node stands in. Source: IANA's IPv4 and IPv6
/// Special-Purpose Address Registries.
/// </summary>
internal static class PublicAddress
{
    private static readonly IPNetwork[] s_special4 = Networks(
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
        "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        // Public by its number, but answered by the host of every machine on Azure.
        "168.63.129.16/32");

    private static readonly IPNetwork s_global6 = IPNetwork.Parse("2000::/3");
    private static readonly IPNetwork[] s_special6 = Networks("2001::/23", "2001:db8::/32", "3fff::/20");
    private static readonly IPNetwork s_sixToFour = IPNetwork.Parse("2002::/16");
    private static readonly IPNetwork s_nat64 = IPNetwork.Parse("64:ff9b::/96");

    public static bool Is(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            return Is(address.MapToIPv4());
        }
        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            return !s_special4.Any(n => n.Contains(address));
        }
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return false;
        }
        byte[] bytes = address.GetAddressBytes();
        // A translator or relay turns these into the IPv4 address they carry.
        if (s_nat64.Contains(address))
        {
            return Is(new IPAddress(bytes.AsSpan(12, 4)));
        }
        if (s_sixToFour.Contains(address))
        {
            return Is(new IPAddress(bytes.AsSpan(2, 4)));
        }
        return s_global6.Contains(address) && !s_special6.Any(n => n.Contains(address));
    }

    private static IPNetwork[] Networks(params string[] networks) => [.. networks.Select(n => IPNetwork.Parse(n))];
}
