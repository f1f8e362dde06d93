using System.Security.Cryptography;
using System.Text;

namespace MetricsGrains.Notifications.Email;

/// <summary>A group's key as a short word that fits everywhere.</summary>
internal static class GroupHash
{
    /// <returns>32 hex digits.</returns>
    public static string Of(string groupKey) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(groupKey)).AsSpan(0, 16));
}
