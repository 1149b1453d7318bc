curl https://api.veoapi.io/v1/video/generations \
  -H "Authorization: Bearer sk-veo-your-key" \
  -H "Content-Type: application/json" \
  -d '{"model": "veo-3", "prompt": "ocean waves at golden hour", "duration": 5}'
