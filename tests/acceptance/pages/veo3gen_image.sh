curl -X POST "https://api.veo3gen.co/api/veo/image-to-video" \
-H "X-API-Key: veo3_your_api_key_here" \
-F "image=@/path/to/reference.jpg" \
-F "prompt=Camera slowly pushes in while leaves drift in the wind" \
-F "model=veo-3.1-generate-001" \
-F "generateAudio=true"
