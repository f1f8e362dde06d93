namespace MetricsGrains.Notifications.Chart;

/// <summary>A raster of pixels to draw on; what falls outside is not drawn. Coordinates are pixels from the top left, pixel centres at .5.</summary>
internal sealed class Canvas(int width, int height)
{
    private const int Full = 1 << 16;

    private readonly byte[] _rgb = new byte[width * height * 3];

    public int Width => width;

    public int Height => height;

    public byte[] ToPng() => PngEncoder.Encode(_rgb, width, height);

    /// <param name="opacity">0 … 1.</param>
    public void Blend(int x, int y, Colour colour, double opacity)
    {
        if (x < 0 || y < 0 || x >= width || y >= height || opacity <= 0)
        {
            return;
        }
        Mix(_rgb.AsSpan(((y * width) + x) * 3, 3), colour, (int)(opacity * Full));
    }

    /// <summary>From (x0, y0) up to, not including, (x1, y1).</summary>
    public void Fill(int x0, int y0, int x1, int y1, Colour colour, double opacity = 1)
    {
        int share = (int)(opacity * Full), left = Math.Max(x0, 0), right = Math.Min(x1, width);
        for (int y = Math.Max(y0, 0); y < Math.Min(y1, height); y++)
        {
            for (int at = ((y * width) + left) * 3; at < ((y * width) + right) * 3; at += 3)
            {
                Mix(_rgb.AsSpan(at, 3), colour, share);
            }
        }
    }

    /// <summary>A line through points, with round ends and smooth edges; one point makes a dot.</summary>
    public void Polyline(IReadOnlyList<(double X, double Y)> points, double lineWidth, Colour colour)
    {
        // Coverage is gathered for the whole line before it is drawn: drawn piece by piece its joints would come out darker.
        float[] coverage = new float[width * height];
        for (int i = 0; i < Math.Max(points.Count - 1, 1) && points.Count > 0; i++)
        {
            Cover(coverage, points[i], points[Math.Min(i + 1, points.Count - 1)], lineWidth / 2);
        }
        for (int i = 0; i < coverage.Length; i++)
        {
            if (coverage[i] > 0)
            {
                Blend(i % width, i / width, colour, coverage[i]);
            }
        }
    }

    private void Cover(float[] coverage, (double X, double Y) from, (double X, double Y) to, double radius)
    {
        int x0 = Math.Max((int)(Math.Min(from.X, to.X) - radius - 1), 0), x1 = Math.Min((int)(Math.Max(from.X, to.X) + radius + 1), width - 1);
        int y0 = Math.Max((int)(Math.Min(from.Y, to.Y) - radius - 1), 0), y1 = Math.Min((int)(Math.Max(from.Y, to.Y) + radius + 1), height - 1);
        double dx = to.X - from.X, dy = to.Y - from.Y, length = (dx * dx) + (dy * dy);
        for (int y = y0; y <= y1; y++)
        {
            for (int x = x0; x <= x1; x++)
            {
                double px = x + 0.5 - from.X, py = y + 0.5 - from.Y;
                double along = length == 0 ? 0 : Math.Clamp(((px * dx) + (py * dy)) / length, 0, 1);
                double distance = Math.Sqrt(Square(px - (along * dx)) + Square(py - (along * dy)));
                float covered = (float)Math.Clamp(radius + 0.5 - distance, 0, 1);
                coverage[(y * width) + x] = Math.Max(coverage[(y * width) + x], covered);
            }
        }
    }

    private static double Square(double value) => value * value;

    private static void Mix(Span<byte> pixel, Colour colour, int share)
    {
        pixel[0] += (byte)((colour.R - pixel[0]) * share / Full);
        pixel[1] += (byte)((colour.G - pixel[1]) * share / Full);
        pixel[2] += (byte)((colour.B - pixel[2]) * share / Full);
    }
}
