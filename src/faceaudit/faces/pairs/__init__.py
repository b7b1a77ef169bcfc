"""Lists of pairs of photos: read, matched to photos, built, held out."""
