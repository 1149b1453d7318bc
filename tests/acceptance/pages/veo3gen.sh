curl -X POST "https://api.veo3gen.co/api/veo/text-to-video" \
-H "X-API-Key: veo3_your_api_key_here" \
-H "Content-Type: application/json" \
-d '{
"prompt": "A majestic dragon soaring through clouds above a fantasy castle",
"model": "veo-3.1-fast-generate-001",
"generateAudio": true,
"enhancePrompt": true
}'
