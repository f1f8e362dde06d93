namespace MetricsGrains.Notifications.Chart;

/// <summary>Red, green, blue.</summary>
internal readonly record struct Colour(byte R, byte G, byte B)
{
    /// <param name="rgb">0xRRGGBB.</param>
    public static Colour Of(int rgb) => new((byte)(rgb >> 16), (byte)(rgb >> 8), (byte)rgb);
}
